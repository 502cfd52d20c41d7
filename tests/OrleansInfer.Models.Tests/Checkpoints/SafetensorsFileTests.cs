using System.Buffers.Binary;
using System.Text;

namespace OrleansInfer.Models.Tests;

public sealed class SafetensorsFileTests : IDisposable
{
    const string Good = """
        {"__metadata__":{"format":"pt"},
         "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}}
        """;

    readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Reads_tensors_where_the_header_says_they_are()
    {
        Write(Good, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        using var file = SafetensorsFile.Open(_path);

        Assert.Equal(["a", "b"], file.Tensors.Keys.Order());
        Assert.Equal([1, 2], file.Tensors["b"].Shape);
        Assert.Equal("BF16", file.Tensors["b"].Type);
        Assert.Equal(9, System.Runtime.InteropServices.Marshal.ReadByte(file.Tensors["b"].Data));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "ends at byte 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "describes 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "takes 12 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "not [begin, end]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999,99999999999999],"data_offsets":[0,8]}}""",
        8, "takes 9223372036854775807 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        4, "4 is expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "0 is expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        8, "listed twice")]
    [InlineData("""{"a":7}""", 0, "not a JSON object")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "no dtype")]
    [InlineData("""[1,2]""", 0, "not a JSON object")]
    [InlineData("""{"a":""", 0, "not valid JSON")]
    public void Refuses_a_header_that_contradicts_the_file(string header, int dataBytes, string fault)
    {
        Write(header, new byte[dataBytes]);
        var refusal = Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(_path));
        Assert.Contains(_path, refusal.Message);
        Assert.Contains(fault, refusal.Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(50_000_000ul)]
    [InlineData(9ul)]
    public void Refuses_a_header_length_beyond_the_file(ulong claimed)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(_path, bytes);
        Assert.Contains("header claims", Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(_path)).Message);
    }

    [Fact]
    public void Refuses_a_missing_and_an_empty_file()
    {
        Assert.Contains("missing", Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(_path)).Message);
        File.WriteAllBytes(_path, []);
        Assert.Contains("truncated", Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(_path)).Message);
    }

    [Fact]
    public void Survives_any_flipped_byte_of_a_header()
    {
        Write(Good, new byte[12]);
        var good = File.ReadAllBytes(_path);
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var bad = good.ToArray();
            bad[random.Next(bad.Length - 12)] = (byte)random.Next(256);
            File.WriteAllBytes(_path, bad);
            try
            {
                SafetensorsFile.Open(_path).Dispose(); // a flip in a name or a type leaves a valid file
            }
            catch (ModelLoadException)
            {
            }
        }
    }

    void Write(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(_path, [.. length, .. text, .. data]);
    }
}
