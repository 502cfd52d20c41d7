using System.Globalization;
using OrleansInfer.Engine;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>The engine alone, on the caller's thread.</summary>
internal sealed class EngineBench : BenchTarget
{
    readonly BenchPlan _plan;
    readonly LoadedModel _model;
    readonly LLMEngine _engine;

    public EngineBench(BenchPlan plan)
    {
        _plan = plan;
        _model = ModelLoading.Load(plan.Server.Model, plan.Server.Dtype, QuantizationOptions.Parse(plan.Server));
        _engine = new LLMEngine(_model.Network, EngineSizes.Of(plan.Server, _model));
    }

    public override Task<IReadOnlyList<List<Arrival>>> Run(
        IReadOnlyList<int[]> prompts, TimeProvider time, CancellationToken cancellation)
    {
        var arrivals = prompts.Select(_ => new List<Arrival>(_plan.OutputTokens)).ToList();
        for (var i = 0; i < prompts.Count; i++) _engine.Add(Request(i, prompts[i]));
        while (_engine.HasUnfinished)
        {
            cancellation.ThrowIfCancellationRequested();
            var step = _engine.Step();
            if (step.Fault is { } fault) throw new StartFault($"The model failed: {fault.Message}");
            var now = time.GetTimestamp();
            foreach (ref readonly var token in step.Tokens)
            {
                var sequence = arrivals[int.Parse(token.RequestId, CultureInfo.InvariantCulture)];
                sequence.Add(new Arrival(now, sequence.Count + 1));
            }
        }
        return Task.FromResult<IReadOnlyList<List<Arrival>>>(arrivals);
    }

    public override ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }

    GenerationRequest Request(int index, int[] prompt) => new()
    {
        RequestId = index.ToString(CultureInfo.InvariantCulture),
        PromptTokenIds = prompt,
        Sampling = new() { Temperature = 0, MaxTokens = _plan.OutputTokens, IgnoreEos = true },
        Seed = 0,
    };
}
