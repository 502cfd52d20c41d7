using System.Text.Json;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// What is said in a conversation: fixed words and seeds, so that every conversation with this script gets the same answers.
/// </summary>
internal sealed class LoadScript(int number)
{
    public const int MaxTurns = 8, TokensPerTurn = 48;

    static readonly string[] s_orders = ["a latte", "two espressos", "an iced mocha", "a flat white", "some green tea", "a hot chocolate"];

    readonly string?[] _answers = new string?[MaxTurns];

    /// <summary>The body of a request for the next answer of a conversation.</summary>
    public string Request(string conversation, int turn) => JsonSerializer.Serialize(new
    {
        conversation, input = $"Guest {number}, round {turn}: {s_orders[(number + turn) % s_orders.Length]}, please.", stream = true,
        seed = 1000 * number + turn, temperature = 0.8, frequency_penalty = 0.1, ignore_eos = true, max_output_tokens = TokensPerTurn,
    });

    /// <summary>The first answer of a turn is what all others have to be. Null: it is the same.</summary>
    public string? Compare(int turn, string answer)
    {
        var known = Interlocked.CompareExchange(ref _answers[turn], answer, null) ?? answer;
        return known == answer ? null : $"script {number}, turn {turn}: \"{answer}\" instead of \"{known}\"";
    }
}
