using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Finds the chat templates and the special tokens among the files of a checkpoint.</summary>
internal sealed class ChatTemplateFolder(string folder)
{
    readonly Dictionary<string, string> _sources = [];
    readonly Dictionary<string, string> _specialTokens = [];

    public ChatTemplate? Load(TimeProvider? timeProvider)
    {
        try
        {
            var config = Read("tokenizer_config.json");
            ReadTemplates(config);
            if (_sources.Count == 0)
                return null;
            AddSpecialTokens(Read("special_tokens_map.json")?.Members);
            AddSpecialTokens(config?.Members);
            return new ChatTemplate(_sources, timeProvider, _specialTokens);
        }
        catch (InvalidOperationException fault) // half a surrogate pair, written as an escape
        {
            throw new ModelLoadException($"{folder}: the tokenizer's configuration is not valid Unicode: {fault.Message}", fault);
        }
        catch (TemplateException fault)
        {
            throw new ModelLoadException($"{folder}: its chat template cannot be parsed: {fault.Message}", fault);
        }
    }

    JsonFile? Read(string file) => JsonFile.TryRead(Path.Combine(folder, file));

    void ReadTemplates(JsonFile? config)
    {
        if (ReadText(Path.Combine(folder, "chat_template.jinja")) is { } text)
        {
            _sources["default"] = text;
            ReadAdditional();
        }
        else if (Read("chat_template.json") is { } processor)
        {
            ReadMember(processor);
        }
        else if (config is not null)
        {
            ReadMember(config);
        }
    }

    void ReadAdditional()
    {
        string additional = Path.Combine(folder, "additional_chat_templates");
        if (!Directory.Exists(additional))
            return;
        foreach (string path in Directory.EnumerateFiles(additional, "*.jinja").Order(StringComparer.Ordinal))
            _sources[Path.GetFileNameWithoutExtension(path)] = ReadText(path)!;
    }

    void ReadMember(JsonFile config)
    {
        if (!config.Members.TryGetProperty("chat_template", out var template) || template.ValueKind == JsonValueKind.Null)
            return;
        if (template.ValueKind != JsonValueKind.Array)
        {
            _sources["default"] = Text(template) ?? throw config.Fault("\"chat_template\" must be a string or a list of named templates.");
            return;
        }
        foreach (var named in template.EnumerateArray())
        {
            string name = Member(named, "name") ?? throw config.Fault("an entry of \"chat_template\" has no string \"name\".");
            _sources[name] = Member(named, "template") ?? throw config.Fault($"the chat template \"{name}\" has no string \"template\".");
        }
    }

    // A special token is a string, or an object that holds it as `content`.
    void AddSpecialTokens(JsonElement? config)
    {
        if (config is not { ValueKind: JsonValueKind.Object } members)
            return;
        foreach (var member in members.EnumerateObject())
        {
            bool isToken = member.Name.EndsWith("_token", StringComparison.Ordinal);
            if (isToken && (Text(member.Value) ?? Member(member.Value, "content")) is { } token)
                _specialTokens[member.Name] = token;
            else if (member.Name == "extra_special_tokens")
                AddSpecialTokens(member.Value);
        }
    }

    static string? Member(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? Text(value) : null;

    static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static string? ReadText(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return null;
            return file.Length <= 4 * TemplateLimits.SourceLength
                ? File.ReadAllText(path)
                : throw new ModelLoadException($"{path}: {file.Length} bytes are too many for a chat template.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException($"{path}: cannot be read: {fault.Message}", fault);
        }
    }
}
