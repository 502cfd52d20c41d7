using System.Text.Json;

namespace OrleansInfer.Grains.Tests;

/// <summary>Requests in the order of their arrival.</summary>
/// <param name="BlockSize">Tokens of a block.</param>
public sealed record Trace(int BlockSize, IReadOnlyList<TraceRequest> Requests)
{
    /// <exception cref="FormatException">A line is not a request.</exception>
    public static Trace Read(TextReader lines, int blockSize)
    {
        var requests = new List<TraceRequest>();
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            if (line.Length == 0) continue;
            var request = Parse(line, number);
            if (request is not { InputLength: > 0, OutputLength: >= 0, HashIds: { } ids }
                || ids.Length != (request.InputLength + blockSize - 1) / blockSize)
                throw new FormatException(
                    $"Line {number}: hash_ids must hold one id for each {blockSize} tokens of input_length; is the block size another?");
            requests.Add(request with { OutputLength = Math.Max(1, request.OutputLength) });
        }
        return new(blockSize, [.. requests.OrderBy(request => request.Timestamp)]);
    }

    /// <summary>
    /// Conversations of several turns that arrive at random. Each begins with one of <paramref name="systemPrompts"/> prompts, whose
    /// popularity falls with their rank (Zipf), and each turn repeats all before it.
    /// </summary>
    /// <param name="rate">Conversations a second.</param>
    public static Trace Synthetic(int seed, int conversations, double rate, int systemPrompts = 400)
    {
        const int blockSize = 16;
        var random = new Random(seed);
        var lengths = Enumerable.Range(0, systemPrompts).Select(_ => random.Next(256, 3_072)).ToArray();
        var popularity = Enumerable.Range(1, systemPrompts).Select(rank => 1.0 / rank).ToArray();
        var (requests, start) = (new List<TraceRequest>(), 0.0);
        for (var c = 0; c < conversations; c++)
        {
            start += Exponential(random, 1_000 / rate);
            var system = Draw(random, popularity);
            var (time, length) = (start, lengths[system]);
            do
            {
                length += random.Next(16, 400);
                var output = random.Next(16, 300);
                requests.Add(new(time, length, output, Blocks(system, lengths[system], c, length, blockSize)));
                length += output;
                time += Exponential(random, 8_000);
            }
            while (random.Next(5) > 0 && length < 12_000);
        }
        return new(blockSize, [.. requests.OrderBy(request => request.Timestamp)]);
    }

    // Blocks that the system prompt fills are its own; all others are the conversation's.
    static int[] Blocks(int system, int systemLength, int conversation, int length, int blockSize) =>
    [
        .. Enumerable.Range(0, (length + blockSize - 1) / blockSize).Select(
            i => (i + 1) * blockSize <= systemLength ? system * 1_024 + i : (conversation + 1_000) * 1_024 + i),
    ];

    static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    static int Draw(Random random, double[] weights)
    {
        var left = random.NextDouble() * weights.Sum();
        var drawn = 0;
        while (drawn < weights.Length - 1 && (left -= weights[drawn]) > 0) drawn++;
        return drawn;
    }

    static TraceRequest? Parse(string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<TraceRequest>(line);
        }
        catch (JsonException e)
        {
            throw new FormatException($"Line {number} is not a request: {e.Message}");
        }
    }
}
