using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// Reads what a model is evaluated on: one JSON object a line, with "messages" (and "tools" and "chat_template_kwargs", if the template
/// shall see some) as in a chat request, or with a "text". Other fields are passed over: data sets carry ids and notes.
/// </summary>
internal sealed class EvaluationFile(string path, ServedModel model)
{
    static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 64 };

    readonly PromptBuilder _prompts = new(model);

    /// <exception cref="StartFault">A line is not as it should be, or there is none; the message names file, line and fault.</exception>
    public IReadOnlyList<EvaluationDocument> Read()
    {
        var documents = new List<EvaluationDocument>();
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line)) documents.Add(new EvaluationDocument(number, Tokenize(line)));
            }
        }
        catch (Exception e) when (e is ApiException or InferenceException or JsonException)
        {
            throw new StartFault($"{path}, line {number}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFault($"--data cannot be read: {e.Message}");
        }
        if (!documents.Exists(document => document.TokenIds.Length > 1))
            throw new StartFault($"{path} holds no text of two tokens or more: there is nothing to predict.");
        return documents;
    }

    int[] Tokenize(string line)
    {
        using var json = JsonDocument.Parse(line, Bounded);
        var fields = new JsonFields(json.RootElement);
        return _prompts.Build(fields.String("text") is { } text ? new TurnRequest { Prompt = text } : Whole(fields), []);
    }

    // The conversation as it stands: nobody is about to answer it.
    static TurnRequest Whole(JsonFields fields)
    {
        var turn = ChatRequest.ParsePrompt(fields);
        var kwargs = JsonNode.Parse(turn.ChatTemplateKwargsJson ?? "{}")!.AsObject();
        kwargs["add_generation_prompt"] = false;
        return turn with { ChatTemplateKwargsJson = kwargs.ToJsonString() };
    }
}
