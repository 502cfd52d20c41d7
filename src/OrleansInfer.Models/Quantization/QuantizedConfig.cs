using System.Text.Json.Nodes;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>What a quantized checkpoint says of itself in config.json, as compressed-tensors, vLLM and transformers read it.</summary>
internal static class QuantizedConfig
{
    /// <summary>What only this program reads of config.json.</summary>
    public const string OwnMember = "orleansinfer";

    /// <summary>Of <see cref="OwnMember"/>: the format that the output head takes when it is loaded.</summary>
    public const string HeadMember = "lm_head";

    /// <summary>"quantization_config".</summary>
    /// <param name="formats">The linears and how they are written; null: in full precision.</param>
    public static JsonObject Write(IReadOnlyList<(string Module, LinearQuantization? Format)> formats)
    {
        var groups = formats.Where(linear => linear.Format is not null).GroupBy(linear => linear.Format!).ToList();
        var layouts = groups.Select(group => Layout(group.Key)).Distinct().ToList();
        return new JsonObject
        {
            ["config_groups"] = new JsonObject(groups.Select((group, i) => KeyValuePair.Create<string, JsonNode?>(
                $"group_{i}", Group(group.Key, Targets(groups.Count, group.Select(g => g.Module)), layouts.Count > 1)))),
            ["format"] = layouts is [var only] ? only : "mixed-precision",
            ["global_compression_ratio"] = null,
            ["ignore"] = Strings(formats.Where(linear => linear.Format is null).Select(linear => linear.Module)),
            ["kv_cache_scheme"] = null,
            ["quant_method"] = CompressedTensorsQuantization.Name,
            ["quantization_status"] = "compressed",
        };
    }

    /// <summary>Several integers to a word, but for matrices whose input is quantized too.</summary>
    public static bool IsPacked(LinearQuantization format) => !format.DynamicActivations;

    static string Layout(LinearQuantization format) => IsPacked(format) ? "pack-quantized" : "int-quantized";

    // vLLM looks for the class of its fused linears before the names of their parts: beside the class, names would not count.
    static JsonArray Targets(int groups, IEnumerable<string> modules) => Strings(groups == 1 ? ["Linear"] : modules);

    static JsonObject Group(LinearQuantization format, JsonArray targets, bool mixed)
    {
        var group = new JsonObject
        {
            ["targets"] = targets,
            ["weights"] = Arguments(
                format.Bits, format.Symmetric, format.GroupSize == 0 ? "channel" : "group", format.GroupSize, dynamic: false),
            ["input_activations"] = format.DynamicActivations ? Arguments(8, symmetric: true, "token", groupSize: 0, dynamic: true) : null,
            ["output_activations"] = null,
        };
        if (mixed) group["format"] = Layout(format); // readers that know no mixtures do not know the member
        return group;
    }

    static JsonObject Arguments(int bits, bool symmetric, string strategy, int groupSize, bool dynamic) => new()
    {
        ["num_bits"] = bits,
        ["type"] = "int",
        ["symmetric"] = symmetric,
        ["strategy"] = strategy,
        ["group_size"] = groupSize == 0 ? null : groupSize,
        ["block_structure"] = null,
        ["dynamic"] = dynamic,
        ["actorder"] = null,
        ["observer"] = dynamic ? null : "minmax",
        ["observer_kwargs"] = new JsonObject(),
    };

    static JsonArray Strings(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
