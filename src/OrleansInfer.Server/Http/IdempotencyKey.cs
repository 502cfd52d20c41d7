using System.Security.Cryptography;
using System.Text;

namespace OrleansInfer.Server;

/// <summary>
/// The header Idempotency-Key names a request, so that a client may send it again when its connection broke: what was done is not done
/// twice. A request without one is named at random.
/// </summary>
internal static class IdempotencyKey
{
    const string Header = "Idempotency-Key";

    const int MaxLength = 255;

    /// <summary>The client has named its request, and may send it again.</summary>
    public static bool IsGiven(HttpContext http) => http.Request.Headers[Header].Count > 0;

    public static Guid Of(HttpContext http)
    {
        var key = http.Request.Headers[Header].ToString();
        if (key.Length == 0) return Guid.NewGuid();
        if (key.Length > MaxLength)
            throw new ApiException(ApiError.Invalid($"'{Header}' may have at most {MaxLength} characters.", Header));
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16));
    }
}
