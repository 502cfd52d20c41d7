using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>What tokenizer_config.json (and, where it is silent, special_tokens_map.json) says about tokens.</summary>
internal sealed record TokenizerConfig
{
    public string? BosToken { get; init; }
    public string? EosToken { get; init; }
    public string? UnkToken { get; init; }
    public string? PadToken { get; init; }

    /// <summary>Whether the bos token begins a text with special tokens; null leaves it to the post-processor.</summary>
    public bool? AddBosToken { get; init; }
    public bool? AddEosToken { get; init; }

    /// <summary>For tokenizer.model: the old rule puts a blank before the text after every special token too.</summary>
    public bool? Legacy { get; init; }
    public bool? AddPrefixSpace { get; init; }

    /// <summary>Tokens that a checkpoint with only a tokenizer.model adds to it.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    public static TokenizerConfig Read(JsonElement config, JsonElement map) => new()
    {
        BosToken = Token(config, map, "bos_token"),
        EosToken = Token(config, map, "eos_token"),
        UnkToken = Token(config, map, "unk_token"),
        PadToken = Token(config, map, "pad_token"),
        AddBosToken = config.FlagField("add_bos_token"),
        AddEosToken = config.FlagField("add_eos_token"),
        Legacy = config.FlagField("legacy"),
        AddPrefixSpace = config.FlagField("add_prefix_space"),
        AddedTokens = config.Field("added_tokens_decoder") is null
            ? []
            : config.Properties("added_tokens_decoder").Select(ReadAdded).OrderBy(token => token.Id).ToList(),
    };

    static string? Token(JsonElement config, JsonElement map, string name) => (config.Field(name) ?? map.Field(name)) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } token => token.RequiredString("content"),
        { } token => token.AsString(name),
    };

    static AddedToken ReadAdded(JsonProperty entry) => int.TryParse(entry.Name, out var id)
        ? AddedTokenReader.ReadOne(entry.Value, id)
        : throw new InvalidDataException($"added_tokens_decoder has the key \"{entry.Name}\", which is not an id");
}
