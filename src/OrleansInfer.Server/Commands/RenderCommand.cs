using System.CommandLine;
using System.Text.Json;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>render: a JSON request in, the prompt that the chat template makes of it out, exactly. Needs the template only.</summary>
internal sealed class RenderCommand
{
    readonly Option<string> _model = ModelOption.New();

    public RenderCommand()
    {
        Command = new Command("render", "Render a prompt: JSON {messages, tools, ...} on stdin, the prompt on stdout.") { _model };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed)
    {
        var folder = ModelOption.Folder(parsed, _model);
        var template = ChatTemplate.Load(folder) ?? throw new StartFault($"The model in '{folder}' has no chat template.");
        using var request = await StandardStreams.ReadJson("a JSON object");
        if (request.RootElement.ValueKind != JsonValueKind.Object) throw new StartFault("The standard input must be a JSON object.");
        await using var output = StandardStreams.OpenOutput();
        foreach (var segment in Render(template, request.RootElement)) await output.WriteAsync(segment.Text);
        return 0;
    }

    static IReadOnlyList<TemplateSegment> Render(ChatTemplate template, JsonElement request)
    {
        try
        {
            return template.RenderSegments(request);
        }
        catch (TemplateException e)
        {
            throw new StartFault(e.Message);
        }
    }
}
