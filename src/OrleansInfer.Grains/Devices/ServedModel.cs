using OrleansInfer.Models;

namespace OrleansInfer.Grains;

/// <summary>A model with all that a conversation needs around it: text in, tokens out, text out.</summary>
public sealed record ServedModel
{
    /// <summary>The name it is asked for by.</summary>
    public required string Name { get; init; }

    /// <summary>Null on a silo that only hands requests to others.</summary>
    public required ICausalLM? Network { get; init; }

    /// <summary>Of the logits. Default: the network's.</summary>
    public int VocabSize { get => field > 0 ? field : Network!.VocabSize; init; }

    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Null: the model takes prompts, not messages.</summary>
    public ChatTemplate? ChatTemplate { get; init; }

    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>
    /// Model, precision and kernel mode: tokens are comparable bit for bit only under the same fingerprint. Without a network only its
    /// beginning, the model.
    /// </summary>
    public required string SystemFingerprint { get; init; }

    /// <summary>"cpu", "cuda:0", ...</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>What the silo disposes behind its engine: the loaded checkpoint, or else the network. Null: the network.</summary>
    public IDisposable? Owner { get; init; }

    /// <returns>Null: the turn is another model's, and its tokens have no text here.</returns>
    internal Tokenizer? TokenizerOf(TurnStarted turn) => turn.Model == Name ? Tokenizer : null;

    /// <summary>A checkpoint as it is served; the silo disposes it.</summary>
    public static ServedModel From(LoadedModel model) => new()
    {
        Name = model.Name,
        Network = model.Network,
        Tokenizer = model.Tokenizer,
        ChatTemplate = model.ChatTemplate,
        EosTokenIds = model.GenerationConfig.EosTokenIds,
        SystemFingerprint = model.SystemFingerprint,
        Device = model.Device,
        Owner = model,
    };

    /// <summary>A checkpoint whose weights are on other silos.</summary>
    public static ServedModel From(ModelFiles files) => new()
    {
        Name = files.Name,
        Network = null,
        VocabSize = files.Config.VocabSize,
        Tokenizer = files.Tokenizer,
        ChatTemplate = files.ChatTemplate,
        EosTokenIds = files.GenerationConfig.EosTokenIds,
        SystemFingerprint = files.FingerprintStart(),
        Device = "",
    };
}
