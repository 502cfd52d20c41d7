namespace OrleansInfer.Training;

/// <summary>Where a run reads and writes.</summary>
/// <param name="Data">Folder with train.jsonl and valid.jsonl.</param>
/// <param name="Output">Checkpoint folder to write.</param>
/// <param name="CheckpointSteps">Steps between saved states.</param>
/// <param name="Resume">Go on from the state in the output folder.</param>
internal sealed record TrainingRunOptions(string Data, string Output, int CheckpointSteps, bool Resume);
