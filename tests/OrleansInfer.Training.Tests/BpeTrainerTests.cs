using System.Text;
using OrleansInfer.Models;

namespace OrleansInfer.Training.Tests;

public sealed class BpeTrainerTests
{
    static readonly AddedToken[] Added = [new("<|end|>", Special: true)];

    static readonly string[] Texts =
    [
        "the latte, the large latte and the little latte",
        "a banana bandana; aaaa aaa aa a",
        "caf\u00e9 au lait 12 345 \u4f60\u597d\u4f60\u597d\n\n  the end",
    ];

    [Fact]
    public void Merges_equal_those_of_counting_all_pairs_again_each_time()
    {
        var vocabulary = BpeTrainer.Train(Texts, 256 + 40 + 1, Added);
        Assert.Equal(SlowMerges(Texts, vocabulary.Merges.Count), vocabulary.Merges);
        Assert.Equal(vocabulary.Tokens.Count, vocabulary.Tokens.Distinct().Count());
    }

    [Fact]
    public void Training_stops_when_no_pair_comes_twice()
    {
        var vocabulary = BpeTrainer.Train(["abab"], 1000, Added);
        Assert.Equal([("a", "b")], vocabulary.Merges);
        Assert.Equal(258, vocabulary.Count);
        Assert.Equal(257, vocabulary.IdOf("<|end|>"));
    }

    [Fact]
    public void Any_text_comes_back_from_its_ids()
    {
        var vocabulary = BpeTrainer.Train(Texts, 300, Added);
        var encoder = new SlowBpe(vocabulary);
        var text = "never seen: \ud83d\ude80 z\u00fcrich\t\r\n  x<|end|>the latte";
        var ids = encoder.Encode(text);
        Assert.Contains(vocabulary.IdOf("<|end|>"), ids);
        Assert.Equal(text, Decode(vocabulary, ids));
    }

    [Fact]
    public void A_size_without_room_for_the_bytes_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BpeTrainer.Train(Texts, 256, Added));

    static List<(string, string)> SlowMerges(string[] texts, int count)
    {
        var ids = ByteAlphabet.All.Select(c => c.ToString()).ToList();
        var words = texts.SelectMany(PreTokenizer.Split).Select(p => p.Select(c => c.ToString()).ToList()).ToList();
        var merges = new List<(string, string)>();
        while (merges.Count < count)
        {
            var best = words.SelectMany(w => w.Zip(w.Skip(1))).CountBy(p => p)
                .OrderByDescending(p => p.Value).ThenBy(p => ids.IndexOf(p.Key.First)).ThenBy(p => ids.IndexOf(p.Key.Second)).First().Key;
            merges.Add(best);
            if (!ids.Contains(best.First + best.Second))
                ids.Add(best.First + best.Second);
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                    if ((word[i], word[i + 1]) == best)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
        }
        return merges;
    }

    static string Decode(BpeVocabulary vocabulary, IEnumerable<int> ids)
    {
        var bytes = Enumerable.Range(0, 256).ToDictionary(b => ByteAlphabet.ToChar((byte)b), b => (byte)b);
        return Encoding.UTF8.GetString([.. ids.SelectMany(id => id < vocabulary.Tokens.Count
            ? vocabulary.Tokens[id].Select(c => bytes[c])
            : Encoding.UTF8.GetBytes(vocabulary.AddedTokens[id - vocabulary.Tokens.Count].Content))]);
    }
}
