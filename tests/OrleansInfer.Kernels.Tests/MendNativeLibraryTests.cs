using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using TorchSharp;

namespace OrleansInfer.Kernels.Tests;

public sealed class MendNativeLibraryTests
{
    const string Version = "GLIBCXX_3.4.32";
    const int FlagsOffset = 4; // of vna_flags in a Vernaux entry

    [Fact]
    public void Marks_exactly_the_entry_of_the_version_as_weak()
    {
        var (image, entries) = Library();
        var mended = (byte[])image.Clone();

        Assert.True(ElfVersionNeeds.MarkWeak(mended, Version));

        Assert.Equal([entries[Version] + FlagsOffset], Differences(image, mended));
        Assert.Equal(0x2, mended[entries[Version] + FlagsOffset]);
    }

    [Fact]
    public void Marking_twice_changes_nothing_the_second_time()
    {
        var (image, _) = Library();
        ElfVersionNeeds.MarkWeak(image, Version);
        var again = (byte[])image.Clone();

        Assert.False(ElfVersionNeeds.MarkWeak(again, Version));
        Assert.Equal(image, again);
    }

    [Fact]
    public void A_file_without_the_version_or_of_another_kind_is_left_alone()
    {
        var (image, _) = Library();
        var before = (byte[])image.Clone();
        var text = Encoding.ASCII.GetBytes(new string('x', 200));

        Assert.False(ElfVersionNeeds.MarkWeak(image, "GLIBCXX_3.4.33"));
        Assert.False(ElfVersionNeeds.MarkWeak(text, Version));
        Assert.False(ElfVersionNeeds.MarkWeak([], Version));
        Assert.Equal(before, image);
    }

    [Fact]
    public void The_library_beside_this_program_differs_from_the_package_in_that_entry_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only the library for Linux asks for the version");
        var metadata = typeof(MendNativeLibraryTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>();
        var root = metadata.Single(a => a.Key == "PackageRoot").Value!;
        var package = typeof(torch).Assembly.GetName().Version!.ToString(3);
        var pristine = Path.Combine(root, "torchsharp", package, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(pristine), "the package cache this was built from is not on this machine");
        var before = File.ReadAllBytes(pristine);
        var after = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));

        var at = Assert.Single(Differences(before, after));

        Assert.Equal(before[at] | 0x2, after[at]);
        Assert.Equal(Version, NameOfEntry(after, at - FlagsOffset));
    }

    /// <summary>The name that a Vernaux entry points to in .dynstr, found by the section's name rather than by type and link.</summary>
    static string NameOfEntry(byte[] image, int entry)
    {
        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(0x28));
        var names = Offset(image, sections + 64 * BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(0x3e)));
        for (var header = sections; ; header += 64)
        {
            if (Text(image, names + BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(header))) != ".dynstr") continue;
            return Text(image, Offset(image, header) + BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(entry + 8)));
        }
    }

    static int Offset(byte[] image, int header) => (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(header + 24));

    static string Text(byte[] image, int at) => Encoding.ASCII.GetString(image, at, Array.IndexOf(image, (byte)0, at) - at);

    static List<int> Differences(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return [.. Enumerable.Range(0, a.Length).Where(i => a[i] != b[i])];
    }

    /// <summary>An ELF file of three sections that needs versions of two libraries, and where the entry of each version is.</summary>
    static (byte[] Image, Dictionary<string, int> Entries) Library()
    {
        const int Needs = 64, Strings = 256, Sections = 400;
        var image = new byte[Sections + 3 * 64];
        var entries = new Dictionary<string, int>();
        Put(image, 0, 0x464c457f, 0x00010102);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(0x28), Sections);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x3a), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x3c), 3);
        Put(image, Sections + 64 + 4, 0x6ffffffe);
        Put(image, Sections + 64 + 24, Needs);
        Put(image, Sections + 64 + 40, 2, 2); // strings in section 2, two libraries
        Put(image, Sections + 128 + 24, Strings);

        var (at, name) = (Needs, 1);
        string[][] libraries = [["libstdc++.so.6", "GLIBCXX_3.4.3", Version, "CXXABI_1.3"], ["libc.so.6", "GLIBC_2.14", "GLIBC_2.34"]];
        foreach (var versions in libraries)
        {
            // Verneed: version 1, count; file; offset of the first Vernaux, of the next Verneed
            Put(image, at, 1 | (versions.Length - 1) << 16, Name(versions[0]), 16, versions == libraries[^1] ? 0 : 16 * versions.Length);
            foreach (var version in versions[1..])
            {
                at += 16;
                entries[version] = at;
                Put(image, at, 0x0badcafe, 0, Name(version), version == versions[^1] ? 0 : 16);
            }
            at += 16;
        }
        return (image, entries);

        int Name(string text)
        {
            Encoding.ASCII.GetBytes(text, image.AsSpan(Strings + name));
            return (name += text.Length + 1) - text.Length - 1;
        }
    }

    static void Put(byte[] image, int at, params int[] words)
    {
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at + 4 * i), words[i]);
    }
}
