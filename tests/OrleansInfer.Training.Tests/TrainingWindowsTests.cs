namespace OrleansInfer.Training.Tests;

public sealed class TrainingWindowsTests
{
    const int Length = 16;
    const int End = -1;

    // Document d is d*100, d*100+1, ... and an end.
    static readonly int[][] Documents =
    [
        .. Enumerable.Range(1, 30).Select(d => Enumerable.Range(d * 100, 1 + d * 7 % 13).Append(End).ToArray()),
    ];

    [Fact]
    public void Every_window_is_full_and_starts_with_the_start_of_a_dialogue()
    {
        var windows = new TrainingWindows(Documents, Length, seed: 5);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(Length, windows[i].Length);
            Assert.Equal(0, windows[i][0] % 100);
        }
    }

    [Fact]
    public void Every_dialogue_is_seen_whole_in_each_epoch()
    {
        var windows = new TrainingWindows(Documents, Length, seed: 5);
        var seen = string.Join(' ', Enumerable.Range(0, 60).SelectMany(i => windows[i].Append(-2)));
        Assert.All(Documents, d => Assert.Contains(string.Join(' ', d), seen));
    }

    [Fact]
    public void A_window_depends_on_seed_and_index_alone()
    {
        var inOrder = new TrainingWindows(Documents, Length, seed: 5);
        var expected = Enumerable.Range(0, 200).Select(i => inOrder[i]).ToArray();
        Assert.Equal(expected[170], new TrainingWindows(Documents, Length, seed: 5)[170]);
        Assert.NotEqual(expected[..20], Enumerable.Range(0, 20).Select(i => new TrainingWindows(Documents, Length, seed: 6)[i]).ToArray());
    }

    [Fact]
    public void A_dialogue_longer_than_a_window_is_continued_in_the_next()
    {
        var windows = new TrainingWindows([[.. Enumerable.Range(0, 40)]], Length, seed: 1);
        Assert.Equal(Enumerable.Range(16, 16), windows[1]);
        Assert.Equal(Enumerable.Range(32, 8), windows[2][..8]);
    }
}
