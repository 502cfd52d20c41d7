using System.Text.Json;
using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>
/// All that a run needs to go on where it stopped, in one safetensors file: fp32 weights, both means of AdamW, and in the metadata
/// the step, the options and the corpus' fingerprint.
/// </summary>
internal static class TrainingState
{
    public const string FileName = "training-state.safetensors";

    public static void Save(string path, Trainer trainer)
    {
        var tensors = Groups(trainer)
            .SelectMany(group => group.Tensors.Select(t => KeyValuePair.Create($"{group.Name}/{t.Key}", t.Value)))
            .ToDictionary();
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["step"] = $"{trainer.StepsDone}",
            ["options"] = Options(trainer),
            ["corpus"] = trainer.Corpus.Fingerprint,
        });
    }

    /// <summary>Gives a fresh trainer the saved weights, means and step.</summary>
    /// <exception cref="InvalidDataException">The state is of a run with another model, corpus or options.</exception>
    public static void Restore(string path, Trainer trainer)
    {
        using var saved = SafetensorsFile.Open(path);
        var tensors = TensorReader.ReadAll(saved);
        Expect(path, "corpus", saved.Metadata.GetValueOrDefault("corpus"), trainer.Corpus.Fingerprint);
        Expect(path, "options", saved.Metadata.GetValueOrDefault("options"), Options(trainer));
        using var noGradients = no_grad();
        foreach (var (group, targets) in Groups(trainer))
            foreach (var (name, target) in targets)
                CopyInto(path, tensors, $"{group}/{name}", target);
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
        trainer.StepsDone = int.Parse(saved.Metadata["step"], System.Globalization.CultureInfo.InvariantCulture);
    }

    // Without the number of steps: a run may be resumed for a longer or a shorter one, whose schedule it then follows.
    static string Options(Trainer trainer) => JsonSerializer.Serialize(trainer.Options with { Steps = 0 });

    static IEnumerable<(string Name, IReadOnlyDictionary<string, Tensor> Tensors)> Groups(Trainer trainer) =>
    [
        ("weight", trainer.Model.Weights),
        ("momentum", trainer.Optimizer.Momentum),
        ("variance", trainer.Optimizer.Variance),
    ];

    static void CopyInto(string path, Dictionary<string, Tensor> saved, string name, Tensor target)
    {
        if (!saved.TryGetValue(name, out var source) || !source.shape.SequenceEqual(target.shape))
            throw new InvalidDataException($"{path}: '{name}' is missing or of another shape. The state is of another model.");
        target.copy_(source);
    }

    static void Expect(string path, string what, string? saved, string now)
    {
        if (saved != now)
            throw new InvalidDataException(
                $"{path}: was saved with {what} {saved}, this run has {now}. Give the same, or delete the file to start anew.");
    }
}
