namespace OrleansInfer.Server;

/// <summary>What OpenAI's "include" can ask for. Most of it belongs to items that are never made here: there is nothing to add.</summary>
internal static class Includable
{
    public const string Logprobs = "message.output_text.logprobs";

    static readonly string[] All =
    [
        "code_interpreter_call.outputs", "computer_call_output.output.image_url", "file_search_call.results",
        "message.input_image.image_url", Logprobs, "reasoning.encrypted_content", "web_search_call.action.sources",
        "web_search_call.results",
    ];

    public static string Check(string? value, string path) => All.Contains(value) ? value!
        : throw new ApiException(ApiError.Invalid($"'{path}' must be of {string.Join(", ", All)}.", path));
}
