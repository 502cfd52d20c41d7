using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>A member of "config_groups": how some of the modules are held.</summary>
/// <param name="Linear">What the kernels make of it.</param>
/// <param name="Packed">Several integers to a word ("pack-quantized"), else one to a byte.</param>
/// <param name="PerTensor">One scale for the whole matrix.</param>
/// <param name="ByActivations">Groups follow "weight_g_idx".</param>
internal sealed record CompressedGroup(
    ModuleTargets Targets, LinearQuantization Linear, bool Packed, bool PerTensor, bool ByActivations)
{
    /// <param name="json">The member.</param>
    /// <param name="format">"format" of the whole, which a group may override.</param>
    /// <exception cref="ModelLoadException">It is malformed or not supported.</exception>
    public static CompressedGroup Read(JsonFile json, string format)
    {
        format = json.StringOrNull("format") ?? format;
        if (format is not ("pack-quantized" or "int-quantized" or "naive-quantized"))
            throw Unsupported(json, $"the format \"{format}\"", "pack-quantized and int-quantized are");
        var weights = json.ObjectOrNull("weights") ?? throw json.Fault("\"weights\" is missing.");
        if (json.Has("output_activations")) throw Unsupported(json, "quantized \"output_activations\"");
        var strategy = Strategy(weights);
        var byActivations = ByActivationsOf(weights);
        var linear = Weights(weights, strategy);
        if (json.ObjectOrNull("input_activations") is { } inputs) linear = WithActivations(linear, inputs);
        return new CompressedGroup(ReadTargets(json), linear, format == "pack-quantized", strategy == "tensor", byActivations);
    }

    static ModuleTargets ReadTargets(JsonFile json)
    {
        try
        {
            return new ModuleTargets(json.Strings("targets"));
        }
        catch (FormatException e)
        {
            throw json.Fault($"\"targets\": {e.Message}.");
        }
    }

    static LinearQuantization Weights(JsonFile json, string strategy)
    {
        var bits = json.Int("num_bits", 1, 64, 8);
        if (json.StringOrNull("type") is { } type && type != "int")
            throw Unsupported(json, $"weights of type \"{type}\" ({bits} bits)", "integers are; FP8, NVFP4 and MXFP4 are floats");
        if (bits is not (4 or 8)) throw Unsupported(json, $"weights of {bits} bits", "4 and 8 are");
        if (!json.IsFalse("dynamic")) throw Unsupported(json, "weights that are quantized while they are used (\"dynamic\")");
        var groupSize = strategy == "group" ? json.Int("group_size", 1, 1 << 20) : 0;
        if (groupSize % 8 != 0) throw Unsupported(json, $"groups of {groupSize} columns", "multiples of 8 are");
        return new LinearQuantization(bits, groupSize, json.Bool("symmetric", true), DynamicActivations: false);
    }

    static string Strategy(JsonFile weights)
    {
        var groupSize = weights.Int("group_size", -1, 1 << 20, 0);
        var strategy = weights.StringOrNull("strategy") ?? groupSize switch { > 0 => "group", < 0 => "channel", _ => "tensor" };
        return strategy is "group" or "channel" or "tensor"
            ? strategy
            : throw Unsupported(weights, $"the strategy \"{strategy}\"", "group, channel and tensor are");
    }

    static bool ByActivationsOf(JsonFile weights)
    {
        if (weights.IsFalse("actorder")) return false;
        if (weights.IsTrue("actorder")) return true;
        return weights.String("actorder") switch
        {
            "static" or "weight" => false,
            "dynamic" or "group" => true,
            var other => throw Unsupported(weights, $"\"actorder\": \"{other}\""),
        };
    }

    /// <summary>
    /// Per-token 8-bit activations have a kernel where the weights are symmetric with a scale a row; elsewhere the 16 bits of weight-only
    /// linears stand in, which are finer than what the checkpoint asks for.
    /// </summary>
    static LinearQuantization WithActivations(LinearQuantization weights, JsonFile inputs)
    {
        if (inputs.StringOrNull("type") is { } type && type != "int") throw Unsupported(inputs, $"activations of type \"{type}\"");
        if (!inputs.IsTrue("dynamic"))
            throw Unsupported(inputs, "static scales of activations", "those that are found while it runs, \"dynamic\": true, are");
        var exact = weights with { DynamicActivations = true } == LinearQuantization.Int8;
        var perToken = inputs.StringOrNull("strategy") == "token" && inputs.Bool("symmetric", true);
        return exact && perToken && inputs.Int("num_bits", 1, 64, 8) == 8 ? LinearQuantization.Int8 : weights;
    }

    static ModelLoadException Unsupported(JsonFile json, string what, string? supported = null) =>
        StoredQuantization.Unsupported(json, what, supported);
}
