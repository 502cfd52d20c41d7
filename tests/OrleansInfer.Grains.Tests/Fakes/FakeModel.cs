using System.Diagnostics;
using OrleansInfer.Models;

namespace OrleansInfer.Grains.Tests;

/// <summary>
/// A network whose logits follow from the last token and its position alone. It says letters and spaces; tests can hold its steps back.
/// </summary>
sealed class FakeModel(int maxModelLen = 512) : ICausalLM
{
    readonly float[] _logits = new float[64 * TinyTokenizer.VocabSize];
    readonly SemaphoreSlim _steps = new(0);
    volatile bool _stepByStep;
    long _lastStep;

    public int VocabSize => TinyTokenizer.VocabSize;

    public int MaxModelLen => maxModelLen;

    public long KvBytesPerToken => 1;

    /// <summary>The token it says at this position of the whole sequence, whatever came before. Null: random letters.</summary>
    public Func<int, int?>? Script { get; set; }

    /// <summary>From the next step on, a step needs <see cref="Allow"/>.</summary>
    public void Hold() => _stepByStep = true;

    public void Allow(int steps) => _steps.Release(steps);

    public void LetGo()
    {
        _stepByStep = false;
        _steps.Release(1_000);
    }

    /// <summary>At most so many steps a second. 0: as fast as they go.</summary>
    public int StepsPerSecond { get; set; }

    public void AllocateKvCache(int numBlocks, int blockSize)
    {
    }

    public ReadOnlySpan<float> Forward(ForwardBatch batch)
    {
        if (_stepByStep) _steps.Wait();
        if (StepsPerSecond > 0) Pace();
        for (var row = 0; row < batch.NumLogitsRows; row++)
        {
            var token = batch.LogitsRows[row];
            Fill(_logits.AsSpan(row * VocabSize, VocabSize), batch.TokenIds[token], batch.Positions[token]);
        }
        return _logits.AsSpan(0, batch.NumLogitsRows * VocabSize);
    }

    void Pace()
    {
        var next = _lastStep + Stopwatch.Frequency / StepsPerSecond;
        var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
        if (wait > TimeSpan.Zero) Thread.Sleep(wait);
        _lastStep = Math.Max(next, Stopwatch.GetTimestamp() - Stopwatch.Frequency / 100);
    }

    void Fill(Span<float> logits, int last, int position)
    {
        logits.Fill(-100);
        if (Script?.Invoke(position + 1) is { } next)
        {
            logits[next] = 100;
            return;
        }
        logits[' '] = Noise(last, position, ' ');
        for (var letter = 'a'; letter <= 'z'; letter++) logits[letter] = Noise(last, position, letter);
    }

    static float Noise(int last, int position, int token)
    {
        var h = unchecked((uint)(last * 0x9E3779B1) ^ ((uint)position * 0x85EBCA77) ^ ((uint)token * 0xC2B2AE3D));
        h = unchecked((h ^ (h >> 15)) * 0x2C1B3C6D);
        return (h >> 16) / 16_384f;
    }

    public void Dispose() => _steps.Dispose();
}
