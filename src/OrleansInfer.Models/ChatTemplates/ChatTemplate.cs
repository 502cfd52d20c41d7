using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>
/// A checkpoint's chat template: a Jinja program that turns a conversation into a prompt, rendered byte for byte as transformers' Python
/// does. Templates are untrusted, so they run in a sandbox: no I/O, no reflection, no way to change a request, and limits on time, text,
/// nesting and numbers. Parsed once; renders are independent and may run in parallel.
/// </summary>
public sealed class ChatTemplate
{
    const string Default = "default";

    readonly Dictionary<string, StatementNode> _programs;
    readonly Dictionary<string, TemplateValue> _specialTokens;
    readonly TimeProvider _timeProvider;

    /// <param name="source">The template.</param>
    /// <param name="timeProvider">The clock of `strftime_now`; the system's by default.</param>
    /// <param name="specialTokens">Variables like bos_token; a request may override them.</param>
    /// <exception cref="TemplateException">The template cannot be parsed.</exception>
    public ChatTemplate(string source, TimeProvider? timeProvider = null, IReadOnlyDictionary<string, string>? specialTokens = null)
        : this(new Dictionary<string, string> { [Default] = source }, timeProvider, specialTokens)
    {
    }

    internal ChatTemplate(
        IReadOnlyDictionary<string, string> sources, TimeProvider? timeProvider, IReadOnlyDictionary<string, string>? specialTokens)
    {
        _programs = sources.ToDictionary(source => source.Key, source => TemplateStatementParser.Parse(source.Value));
        _specialTokens = (specialTokens ?? new Dictionary<string, string>())
            .ToDictionary(token => token.Key, TemplateValue (token) => StringValue.Trusted(token.Value));
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>
    /// The template of a checkpoint folder: chat_template.jinja (and additional_chat_templates/*.jinja), else chat_template.json, else
    /// the chat_template of tokenizer_config.json, which is one template or a list of named ones. Null when the folder has none.
    /// </summary>
    /// <exception cref="ModelLoadException">A file cannot be read as what it should be.</exception>
    public static ChatTemplate? Load(string folder) => Load(folder, null);

    /// <inheritdoc cref="Load(string)"/>
    public static ChatTemplate? Load(string folder, TimeProvider? timeProvider) => new ChatTemplateFolder(folder).Load(timeProvider);

    /// <summary>Renders a conversation.</summary>
    /// <param name="request">An object of the template's variables: messages, tools, documents, add_generation_prompt and any others.
    /// Of several named templates "tool_use" serves requests with tools, and "rag" those with documents.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, fails on it, or exceeds a limit.</exception>
    public string Render(JsonElement request) => RenderValue(request).Text;

    /// <summary>
    /// Renders a conversation in segments that tell the template's own text from what came out of the request. Joined, they are what
    /// <see cref="Render"/> returns. A special token that a user typed lies in a segment that is not from the template.
    /// </summary>
    /// <inheritdoc cref="Render"/>
    public IReadOnlyList<TemplateSegment> RenderSegments(JsonElement request)
    {
        var prompt = RenderValue(request);
        var segments = new List<TemplateSegment>();
        int position = 0;
        foreach (var range in prompt.Untrusted.Ranges)
        {
            if (range.Start > position)
                segments.Add(new(prompt.Text[position..range.Start], true));
            segments.Add(new(prompt.Text[range.Start..range.End], false));
            position = range.End;
        }
        if (position < prompt.Text.Length)
            segments.Add(new(prompt.Text[position..], true));
        return segments;
    }

    StringValue RenderValue(JsonElement request)
    {
        if (request.ValueKind != JsonValueKind.Object)
            throw new TemplateException("a chat template is rendered with a JSON object of its variables");
        var state = new RenderState(_timeProvider);
        try
        {
            var scope = new TemplateScope(state);
            foreach (var (name, value) in _specialTokens)
                scope.Set(name, value);
            RequestValues.Fill(scope, request);
            Select(scope).Execute(scope);
            return state.Output.ToValue();
        }
        catch (TemplateException fault)
        {
            fault.LocateAt(state.Line);
            throw;
        }
    }

    // As transformers does for tools; documents have no template of their own there unless the caller names it.
    StatementNode Select(TemplateScope scope)
    {
        if (Given("tools") && _programs.TryGetValue("tool_use", out var forTools))
            return forTools;
        if (Given("documents") && _programs.TryGetValue("rag", out var forDocuments))
            return forDocuments;
        return _programs.TryGetValue(Default, out var program)
            ? program
            : throw new TemplateException($"the checkpoint has only chat templates for special uses: {string.Join(", ", _programs.Keys)}");

        bool Given(string name) => scope.Find(name) is not (UndefinedValue or NoneValue);
    }
}
