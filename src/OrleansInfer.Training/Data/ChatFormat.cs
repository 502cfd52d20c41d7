using System.Text;

namespace OrleansInfer.Training;

/// <summary>
/// The text a dialogue is trained as: ChatML turns, tool calls in Hermes' form. <see cref="Template"/> is the same format for
/// whoever serves the model; a test holds the two equal.
/// </summary>
internal static class ChatFormat
{
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";
    public const string EndOfText = "<|endoftext|>";
    public const string CallStart = "<tool_call>";
    public const string CallEnd = "</tool_call>";

    /// <summary>Jinja, for tokenizer_config.json.</summary>
    public const string Template = """
        {%- set lead = namespace(text='', from=0) -%}
        {%- if messages and messages[0].role in ['system', 'developer'] -%}
            {%- set lead.text = messages[0].content or '' -%}
            {%- set lead.from = 1 -%}
        {%- endif -%}
        {%- if tools or lead.text -%}
            {{- '<|im_start|>system\n' + lead.text -}}
            {%- if tools -%}
                {{- ('\n' if lead.text else '') + 'Tools: ' -}}
                {%- for tool in tools -%}
                    {{- (tool.function if tool.function is defined else tool).name + ('' if loop.last else ', ') -}}
                {%- endfor -%}
            {%- endif -%}
            {{- '<|im_end|>\n' -}}
        {%- endif -%}
        {%- for message in messages[lead.from:] -%}
            {{- '<|im_start|>' + ('system' if message.role == 'developer' else message.role) + '\n' + (message.content or '') -}}
            {%- if message.tool_calls -%}
                {%- for tool_call in message.tool_calls -%}
                    {%- set call = tool_call.function if tool_call.function is defined else tool_call -%}
                    {{- '\n' if message.content or not loop.first else '' -}}
                    {{- '<tool_call>\n{"name": ' + (call.name | tojson) + ', "arguments": ' -}}
                    {{- call.arguments if call.arguments is string else (call.arguments | tojson) -}}
                    {{- '}\n</tool_call>' -}}
                {%- endfor -%}
            {%- endif -%}
            {{- '<|im_end|>\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{- '<|im_start|>assistant\n' -}}
        {%- endif -%}
        """;

    /// <summary>A dialogue as text, the tools named first if there are any, without a closing end-of-text.</summary>
    public static string Render(Dialogue dialogue, IReadOnlyList<string> tools)
    {
        var text = new StringBuilder();
        var hasSystem = dialogue.Messages.Count > 0 && dialogue.Messages[0].Role == "system";
        var system = hasSystem ? dialogue.Messages[0].Content : "";
        if (tools.Count > 0)
            system += (system.Length > 0 ? "\n" : "") + "Tools: " + string.Join(", ", tools);
        if (system.Length > 0)
            AppendTurn(text, new("system", system, []));
        foreach (var message in dialogue.Messages.Skip(hasSystem ? 1 : 0))
            AppendTurn(text, message);
        return text.ToString();
    }

    static void AppendTurn(StringBuilder text, DialogueMessage message)
    {
        text.Append(TurnStart).Append(message.Role).Append('\n').Append(message.Content);
        for (var i = 0; i < message.ToolCalls.Count; i++)
        {
            var call = message.ToolCalls[i];
            text.Append(i > 0 || message.Content.Length > 0 ? "\n" : "");
            text.Append(CallStart).Append("\n{\"name\": \"").Append(call.Name).Append("\", \"arguments\": ");
            text.Append(call.Arguments).Append("}\n").Append(CallEnd);
        }
        text.Append(TurnEnd).Append('\n');
    }
}
