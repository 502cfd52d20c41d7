using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A refusal on the wire: OpenAI's error body and its status.</summary>
internal sealed record ApiError(int Status, string Message, string Type, string? Param = null, string? Code = null)
{
    /// <summary>When to try again, with 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiError Invalid(string message, string? param, string code = "invalid_value") =>
        new(StatusCodes.Status400BadRequest, message, "invalid_request_error", param, code);

    public static ApiError WrongType(string param, string expected, string found) =>
        Invalid($"'{param}' must be {expected}, but it is {found}.", param, "invalid_type");

    public static ApiError Missing(string param) => Invalid($"'{param}' is required.", param, "missing_required_parameter");

    public static ApiError Unknown(string param) => Invalid($"Unknown parameter: '{param}'.", param, "unknown_parameter");

    public static ApiError Unsupported(string param, string why) =>
        Invalid($"'{param}' is not supported: {why}", param, "unsupported_parameter");

    public static ApiError ModelNotFound(string asked, string served) =>
        new(StatusCodes.Status404NotFound, $"The model '{asked}' does not exist; this server serves '{served}'.", "invalid_request_error",
            "model",
            "model_not_found");

    public static ApiError NotFound(string message) =>
        new(StatusCodes.Status404NotFound, message, "invalid_request_error", null, "not_found");

    public static ApiError Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, message, "server_error", null, "unavailable") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static ApiError Internal() =>
        new(StatusCodes.Status500InternalServerError, "The server could not finish the request; its log says why.", "server_error");

    public static ApiError From(InferenceException fault) => fault.Error switch
    {
        InferenceError.InvalidRequest => Invalid(fault.Message, fault.Param),
        InferenceError.ContextLengthExceeded => Invalid(fault.Message, fault.Param ?? "messages", "context_length_exceeded"),
        InferenceError.ModelNotFound => new(
            StatusCodes.Status404NotFound, fault.Message, "invalid_request_error", "model", "model_not_found"),
        InferenceError.ConversationNotFound => NotFound(fault.Message),
        InferenceError.ConversationBusy =>
            new(StatusCodes.Status409Conflict, fault.Message, "invalid_request_error", null, "conversation_busy"),
        InferenceError.ConversationMoved =>
            new(StatusCodes.Status409Conflict, fault.Message, "invalid_request_error", fault.Param, "conversation_moved"),
        InferenceError.ConversationExists =>
            new(StatusCodes.Status409Conflict, fault.Message, "invalid_request_error", null, "conversation_exists"),
        InferenceError.Unavailable => Unavailable("The server's journal is out of order; try again."),
        InferenceError.Overloaded => new(
            StatusCodes.Status429TooManyRequests, fault.Message, "rate_limit_error", null, "rate_limit_exceeded")
        { RetryAfter = fault.RetryAfter ?? TimeSpan.FromSeconds(1) },
        InferenceError.Unavailable or InferenceError.Moving => Unavailable(fault.Message),
        _ => Internal(),
    };
}
