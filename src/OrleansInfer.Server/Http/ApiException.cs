namespace OrleansInfer.Server;

/// <summary>Ends a request with an error; <see cref="ErrorResponses"/> writes it.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    public ApiError Error { get; } = error;
}
