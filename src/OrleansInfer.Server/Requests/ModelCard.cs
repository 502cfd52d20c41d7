using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>What a request is checked against, and where its defaults come from.</summary>
/// <param name="Defaults">The sampling parameters of a request that names none: the model's generation_config.json.</param>
internal sealed record ModelCard(string Name, int VocabSize, int MaxModelLen, SamplingParams Defaults, DateTimeOffset Created)
{
    /// <summary>An absent or empty name means the model that is served.</summary>
    public void Check(string? asked)
    {
        if (!string.IsNullOrEmpty(asked) && asked != Name) throw new ApiException(ApiError.ModelNotFound(Shorten(asked), Name));
    }

    static string Shorten(string name) => name.Length <= 100 ? name : name[..100];
}
