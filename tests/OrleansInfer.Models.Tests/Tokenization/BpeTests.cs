namespace OrleansInfer.Models.Tests;

public class BpeTests
{
    static readonly HashSet<int> None = [];

    /// <summary>Merges of three letters that overlap each other in many ways.</summary>
    static List<string> RandomMerges(Random random, int count)
    {
        var tokens = new List<string> { "a", "b", "c" };
        var merges = new List<string>();
        while (merges.Count < count)
        {
            var (left, right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            if (left.Length + right.Length > 8 || merges.Contains($"{left} {right}"))
                continue;
            merges.Add($"{left} {right}");
            if (!tokens.Contains(left + right))
                tokens.Add(left + right);
        }
        return merges;
    }

    static BpeVocabulary Vocabulary(params IEnumerable<string> tokens) =>
        new(tokens.Distinct().Select((token, id) => KeyValuePair.Create(token, id)));

    static MergePair Pair(string merge) => new(merge.Remove(merge.IndexOf(' '), 1), merge.IndexOf(' '));

    static BpeOptions Options(int? unk = null, bool fuse = false, bool bytes = false, bool ignoreMerges = false) =>
        new(unk, fuse, bytes, ignoreMerges, "", "");

    static int[] Slow(string piece, IReadOnlyList<string> merges, BpeVocabulary vocabulary) =>
        [.. SlowBpe.Merge(piece.Select(letter => letter.ToString()), merges).Select(part => vocabulary.IdOf(part)!.Value)];

    static List<int> Encode(BpeModel model, string piece)
    {
        var ids = new List<int>();
        model.Encode(new PieceText(piece, isTextStart: true), ids);
        return ids;
    }

    [Fact]
    public void The_heap_and_the_library_merge_as_the_definition_says()
    {
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var merges = RandomMerges(random, 25);
            var vocabulary = Vocabulary(["a", "b", "c", .. merges.Select(merge => merge.Replace(" ", ""))]);
            var table = new MergeTable([.. merges.Select(Pair)], vocabulary, "", None);
            var heap = new HeapBpe(vocabulary, table, Options(), None);
            var library = new LibraryBpe(vocabulary, table, ignoreMerges: false, None);
            for (var i = 0; i < 25; i++)
            {
                var piece = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => "abc"[random.Next(3)]));
                var expected = Slow(piece, merges, vocabulary);
                List<int> byHeap = [], byLibrary = [];
                heap.Encode(piece, byHeap);
                library.Encode(piece, [(0, piece.Length)], byLibrary);
                Assert.Equal(expected, byHeap);
                Assert.Equal(expected, byLibrary);
            }
        }
    }

    [Fact]
    public void A_piece_is_merged_alike_whatever_its_length()
    {
        var merges = RandomMerges(new Random(3), 25);
        var vocabulary = Vocabulary(["a", "b", "c", .. merges.Select(merge => merge.Replace(" ", ""))]);
        var model = new BpeModel(vocabulary, [.. merges.Select(Pair)], Options(), None);
        var random = new Random(4);
        foreach (var length in new[] { 1023, 1024, 1025, 3000 })
        {
            var piece = string.Concat(Enumerable.Range(0, length).Select(_ => "abc"[random.Next(3)]));
            var expected = Slow(piece, merges, vocabulary);
            Assert.Equal(expected, Encode(model, piece));
        }
    }

    [Fact]
    public void A_million_equal_letters_are_no_attack()
    {
        var tokenizer = TinyTokenizer.ByteLevel("a a", "aa aa", "aaaa aaaa").Load();
        Assert.Equal(125_000, tokenizer.Encode(new string('a', 1_000_000)).Count);
        Assert.Equal(1_000_000, tokenizer.Encode(string.Concat(Enumerable.Repeat(" \n", 500_000))).Count);
    }

    [Theory]
    [InlineData(false, "a <unk> <unk> b <unk>")]
    [InlineData(true, "a <unk> b <unk>")]
    public void Unknown_code_points_fuse_if_asked(bool fuse, string expected)
    {
        var vocabulary = Vocabulary("<unk>", "a", "b", "ab");
        var model = new BpeModel(vocabulary, [Pair("a b")], Options(unk: 0, fuse: fuse), None);
        Assert.Equal(expected.Split(' ').Select(token => vocabulary.IdOf(token)!.Value), Encode(model, "a\u4E00\U0001F600b?"));
    }

    [Fact]
    public void Without_an_unknown_token_neighbours_of_what_vanishes_merge()
    {
        var vocabulary = Vocabulary("a", "b", "ab");
        Assert.Equal([2], Encode(new BpeModel(vocabulary, [Pair("a b")], Options(), None), "a?b"));
    }

    [Fact]
    public void Unknown_code_points_become_their_bytes()
    {
        var tiny = TinyTokenizer.Pieces("\u2581ab", "a b", "\u2581 ab");
        int[] expected = [tiny.Id("\u2581ab"), .. new[] { "F0", "9F", "98", "80" }.Select(hex => tiny.Id($"<0x{hex}>")), tiny.Id("ab")];
        Assert.Equal(expected, tiny.Load().Encode("ab\U0001F600ab"));
    }

    [Fact]
    public void A_byte_without_a_token_makes_the_code_point_unknown()
    {
        var vocabulary = Vocabulary("<unk>", "a", "<0xC3>");
        Assert.Equal([1, 0, 1], Encode(new BpeModel(vocabulary, [], Options(unk: 0, bytes: true), None), "a\u00E9a"));
    }

    [Fact]
    public void Ignored_merges_take_a_piece_that_is_a_token()
    {
        var vocabulary = Vocabulary("a", "b", "c", "ab", "bc", "abc");
        MergePair[] merges = [Pair("b c")];
        Assert.Equal([0, 4], Encode(new BpeModel(vocabulary, merges, Options(), None), "abc"));
        Assert.Equal([5], Encode(new BpeModel(vocabulary, merges, Options(ignoreMerges: true), None), "abc"));
        Assert.Equal([0, 4], Encode(new BpeModel(vocabulary, merges, Options(ignoreMerges: true), new HashSet<int> { 5 }), "abc"));
    }

    [Fact]
    public void Of_equal_merges_the_last_counts()
    {
        var vocabulary = Vocabulary("a", "b", "ab", "ba");
        Assert.Equal([2, 0], Encode(new BpeModel(vocabulary, [Pair("a b"), Pair("b a")], Options(), None), "aba"));
        Assert.Equal([0, 3], Encode(new BpeModel(vocabulary, [Pair("a b"), Pair("b a"), Pair("a b")], Options(), None), "aba"));
    }

    [Fact]
    public void Affixes_belong_to_the_symbols()
    {
        var vocabulary = Vocabulary("l", "##o", "##w", "##w</w>", "lo", "low</w>", "##ow</w>");
        var options = new BpeOptions(null, false, false, false, "##", "</w>");
        var model = new BpeModel(vocabulary, [Pair("l ##o"), Pair("lo ##w</w>")], options, None);
        Assert.Equal([5], Encode(model, "low"));
        Assert.Equal([4, 2, 3], Encode(model, "loww"));
    }

    [Fact]
    public void Tokens_may_contain_blanks()
    {
        var vocabulary = Vocabulary("a", " ", "b", "a ", " b", "a b");
        var model = new BpeModel(vocabulary, [new MergePair("a ", 1), new MergePair("a b", 2)], Options(), None);
        Assert.Equal([5, 1], Encode(model, "a b "));
    }

    [Fact]
    public void Words_are_cut_before_marks_only_where_no_token_reaches_across()
    {
        const char mark = '\u2581';
        string[] merges = ["a b", $"{mark} ab", $"ab {mark}"];
        var vocabulary = Vocabulary(["a", "b", mark.ToString(), .. merges.Select(merge => merge.Replace(" ", ""))]);
        var text = $"{mark}ab{mark}ab{mark}{mark}ab";
        foreach (var count in new[] { 2, 3 })
        {
            var used = merges[..count];
            var expected = Slow(text, used, vocabulary);
            Assert.Equal(expected, Encode(new BpeModel(vocabulary, [.. used.Select(Pair)], Options(), None), text));
        }
    }
}
