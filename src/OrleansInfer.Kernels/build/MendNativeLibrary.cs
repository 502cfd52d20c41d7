using System;
using System.IO;
using System.Text;

#if !WITHOUT_MSBUILD // the tests take the second class alone
/// <summary>
/// Marks the requirement of symbol version GLIBCXX_3.4.32 in an ELF64 little-endian library as weak.
/// Layout: System V gABI, chapter 4 (section headers), and the Linux Standard Base's symbol versioning (Verneed, Vernaux).
/// </summary>
public class MendNativeLibrary : Microsoft.Build.Utilities.Task
{
    const string Version = "GLIBCXX_3.4.32";

    public string Path { get; set; } = "";

    public override bool Execute()
    {
        var image = File.ReadAllBytes(Path);
        if (!ElfVersionNeeds.MarkWeak(image, Version)) return true; // not needed, or already weak

        var written = File.GetLastWriteTimeUtc(Path);
        var mended = Path + ".mended";
        File.WriteAllBytes(mended, image);
        File.SetLastWriteTimeUtc(mended, written);
        File.Delete(Path); // a hard link to the package cache: replace the link, never write through it
        File.Move(mended, Path);
        Log.LogMessage(Microsoft.Build.Framework.MessageImportance.Normal, "Marked " + Version + " as weak in " + Path);
        return true;
    }
}
#endif

/// <summary>The section .gnu.version_r of an ELF file: which symbol versions a library needs from others.</summary>
public static class ElfVersionNeeds
{
    const uint SectionGnuVerneed = 0x6ffffffe;
    const ushort FlagWeak = 0x2;

    /// <summary>Sets VER_FLG_WEAK on the entries named <paramref name="version"/>; false when there was nothing to change.</summary>
    public static bool MarkWeak(byte[] image, string version)
    {
        if (image.Length < 64 || BitConverter.ToUInt32(image, 0) != 0x464c457f) return false;
        var changed = false;
        var sections = (int)BitConverter.ToUInt64(image, 0x28);
        var size = BitConverter.ToUInt16(image, 0x3a);
        var count = BitConverter.ToUInt16(image, 0x3c);
        for (var i = 0; i < count; i++)
        {
            var header = sections + i * size;
            if (BitConverter.ToUInt32(image, header + 4) != SectionGnuVerneed) continue;
            var strings = sections + (int)BitConverter.ToUInt32(image, header + 40) * size;
            var needs = (int)BitConverter.ToUInt32(image, header + 44);
            changed |= MarkWeak(image, version, Offset(image, header), needs, Offset(image, strings));
        }
        return changed;
    }

    static int Offset(byte[] image, int header) { return (int)BitConverter.ToUInt64(image, header + 24); }

    static bool MarkWeak(byte[] image, string version, int need, int needs, int strings)
    {
        var changed = false;
        for (; needs > 0; needs--)
        {
            var aux = need + (int)BitConverter.ToUInt32(image, need + 8);
            for (var n = BitConverter.ToUInt16(image, need + 2); n > 0; n--)
            {
                var flags = BitConverter.ToUInt16(image, aux + 4);
                if ((flags & FlagWeak) == 0 && StringAt(image, strings + (int)BitConverter.ToUInt32(image, aux + 8)) == version)
                {
                    image[aux + 4] |= (byte)FlagWeak;
                    changed = true;
                }
                aux += (int)BitConverter.ToUInt32(image, aux + 12);
            }
            need += (int)BitConverter.ToUInt32(image, need + 12);
        }
        return changed;
    }

    static string StringAt(byte[] image, int at)
    {
        var end = Array.IndexOf(image, (byte)0, at);
        return Encoding.ASCII.GetString(image, at, end - at);
    }
}
