using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>What a caller gets to know of an exception. Only bugs go to the log, and never to the caller.</summary>
internal sealed partial class Faults(ILogger<Faults> logger)
{
    public ApiError Describe(Exception e)
    {
        switch (e)
        {
            case ApiException api: return api.Error;
            case InferenceException inference: return ApiError.From(inference);
            case BadHttpRequestException bad: return ApiError.Invalid(bad.Message, null, "bad_request") with { Status = bad.StatusCode };
            case SiloUnavailableException or TimeoutException or OrleansMessageRejectionException:
                return ApiError.Unavailable("The server is overloaded or going down; try again.");
            default:
                LogFailed(e);
                return ApiError.Internal();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed")]
    partial void LogFailed(Exception e);
}
