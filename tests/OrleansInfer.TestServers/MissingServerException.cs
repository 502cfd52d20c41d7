namespace OrleansInfer.TestServers;

/// <summary>
/// A server that a test needs is not installed. The test is skipped and says how to install it; where CI is set, it fails: nobody would
/// notice there.
/// </summary>
public sealed class MissingServerException(string text) : Exception(Environment.GetEnvironmentVariable("CI") is null ? Skip + text : text)
{
    const string Skip = "$XunitDynamicSkip$"; // xUnit's sign for it
}
