using System.Diagnostics.Metrics;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>What an engine measures, on the meter "OrleansInfer" under the names that dashboards for vLLM know.</summary>
public sealed class EngineMetrics
{
    public const string MeterName = "OrleansInfer";

    static readonly double[] SecondsOfRequest =
        [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960];
    static readonly double[] SecondsOfToken =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10];

    readonly Counter<long> _promptTokens, _generationTokens, _prefixQueries, _prefixHits, _requests, _preemptions;
    readonly Histogram<double> _firstToken, _interToken, _endToEnd, _queueTime;
    readonly KeyValuePair<string, object?> _model;
    volatile EngineLoad? _load;

    /// <param name="modelName">Value of the tag <c>model_name</c>.</param>
    public EngineMetrics(IMeterFactory meterFactory, string modelName = "")
    {
        var meter = meterFactory.Create(MeterName);
        _model = new KeyValuePair<string, object?>("model_name", modelName);
        meter.CreateObservableGauge("num_requests_running", () => Measure(load => load.Running), "{request}");
        meter.CreateObservableGauge("num_requests_waiting", () => Measure(load => load.Waiting), "{request}");
        meter.CreateObservableGauge("kv_cache_usage_perc", () => Measure(load => load.KvCacheUsage), "1", "Blocks in use, 0 to 1.");
        _prefixQueries = meter.CreateCounter<long>("prefix_cache_queries", "{token}", "Prompt tokens looked up in the prefix cache.");
        _prefixHits = meter.CreateCounter<long>("prefix_cache_hits", "{token}", "Prompt tokens found in the prefix cache.");
        _promptTokens = meter.CreateCounter<long>("prompt_tokens_total", "{token}");
        _generationTokens = meter.CreateCounter<long>("generation_tokens_total", "{token}");
        _requests = meter.CreateCounter<long>("request_success_total", "{request}");
        _preemptions = meter.CreateCounter<long>("num_preemptions_total", "{preemption}");
        _firstToken = CreateHistogram(meter, "time_to_first_token_seconds", SecondsOfToken);
        _interToken = CreateHistogram(meter, "inter_token_latency_seconds", SecondsOfToken);
        _endToEnd = CreateHistogram(meter, "e2e_request_latency_seconds", SecondsOfRequest);
        _queueTime = CreateHistogram(meter, "request_queue_time_seconds", SecondsOfRequest);
    }

    internal void LoadChanged(EngineLoad load) => _load = load;

    internal void RequestScheduled(int numPromptTokens, int numCachedTokens, TimeSpan queueTime)
    {
        _promptTokens.Add(numPromptTokens, _model);
        _prefixQueries.Add(numPromptTokens, _model);
        _prefixHits.Add(numCachedTokens, _model);
        _queueTime.Record(queueTime.TotalSeconds, _model);
    }

    internal void FirstTokenGenerated(TimeSpan sinceArrival)
    {
        _generationTokens.Add(1, _model);
        _firstToken.Record(sinceArrival.TotalSeconds, _model);
    }

    internal void TokenGenerated(TimeSpan sinceLast)
    {
        _generationTokens.Add(1, _model);
        _interToken.Record(sinceLast.TotalSeconds, _model);
    }

    internal void Preempted(long count)
    {
        if (count > 0) _preemptions.Add(count, _model);
    }

    internal void RequestFinished(FinishReason reason, TimeSpan sinceArrival)
    {
        _requests.Add(1, _model, new KeyValuePair<string, object?>("finished_reason", NameOf(reason)));
        _endToEnd.Record(sinceArrival.TotalSeconds, _model);
    }

    // The text layer ends a generation at a stop string with an abort, so "abort" counts those too.
    static string NameOf(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Abort => "abort",
        _ => "error",
    };

    IEnumerable<Measurement<double>> Measure(Func<EngineLoad, double> value) =>
        _load is { } load ? [new Measurement<double>(value(load), _model)] : [];

    static Histogram<double> CreateHistogram(Meter meter, string name, double[] boundaries) =>
        meter.CreateHistogram(name, "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });
}
