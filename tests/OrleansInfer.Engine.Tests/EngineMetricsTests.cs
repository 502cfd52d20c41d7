using System.Diagnostics.Metrics;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

public sealed class EngineMetricsTests : IMeterFactory
{
    readonly List<Meter> _meters = [];

    [Fact]
    public async Task Everything_that_happens_is_counted_under_the_names_dashboards_know()
    {
        var seen = new Dictionary<string, double>();
        var metrics = new EngineMetrics(this, "tiny");
        using var listener = Listen(seen);
        var engine = new LLMEngine(new PagedHashModel(), new EngineOptions { BlockSize = 4, NumBlocks = 24 }, metrics);
        await using var loop = new EngineLoop(engine, metrics: metrics);
        loop.Start();
        for (var i = 0; i < 2; i++)
        {
            var request = EngineDriver.Request($"r{i}", [1, 2, 3, 4, 5], new SamplingParams { MaxTokens = 6, IgnoreEos = true });
            await foreach (var _ in loop.Submit(request).Tokens.ReadAllAsync()) { }
        }
        await loop.StopAsync();
        listener.RecordObservableInstruments();
        Assert.Equal(10, seen["prompt_tokens_total"]);
        Assert.Equal(12, seen["generation_tokens_total"]);
        Assert.Equal((10, 4), (seen["prefix_cache_queries"], seen["prefix_cache_hits"]));
        Assert.Equal(2, seen["request_success_total"]);
        Assert.Equal((2, 10), (seen["n:time_to_first_token_seconds"], seen["n:inter_token_latency_seconds"]));
        Assert.Equal((2, 2), (seen["n:e2e_request_latency_seconds"], seen["n:request_queue_time_seconds"]));
        Assert.Equal((0, 0, 0), (seen["num_requests_running"], seen["num_requests_waiting"], seen["kv_cache_usage_perc"]));
    }

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());

    // Sums counters, keeps the last value of gauges, and counts the measurements of histograms under "n:".
    MeterListener Listen(Dictionary<string, double> seen)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (_meters.Contains(instrument.Meter)) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
        return listener;

        void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Assert.Equal(EngineMetrics.MeterName, instrument.Meter.Name);
            Assert.Equal("tiny", tags[0].Value);
            lock (seen)
            {
                seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + value;
                seen[$"n:{instrument.Name}"] = seen.GetValueOrDefault($"n:{instrument.Name}") + 1;
            }
        }
    }
}
