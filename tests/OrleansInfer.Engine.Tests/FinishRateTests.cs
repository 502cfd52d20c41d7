namespace OrleansInfer.Engine.Tests;

public class FinishRateTests
{
    [Fact]
    public void The_time_to_come_back_follows_the_rate_at_which_requests_end_within_bounds()
    {
        var clock = new SettableClock();
        var rate = new FinishRate(clock);
        Assert.Equal(TimeSpan.FromSeconds(1), rate.TimeFor(1000));
        for (var i = 0; i < 200; i++)
        {
            clock.Seconds += 0.5;
            rate.Finished();
        }
        Assert.Equal(TimeSpan.FromSeconds(1), rate.TimeFor(0));
        Assert.Equal(TimeSpan.FromSeconds(10), rate.TimeFor(20));
        Assert.Equal(TimeSpan.FromSeconds(60), rate.TimeFor(1000));
    }

    [Fact]
    public void Time_without_work_does_not_count()
    {
        var clock = new SettableClock();
        var rate = new FinishRate(clock);
        for (var i = 0; i < 200; i++)
        {
            clock.Seconds += 3600;
            rate.Begun();
            clock.Seconds += 0.5;
            rate.Finished();
        }
        Assert.Equal(TimeSpan.FromSeconds(10), rate.TimeFor(20));
    }

    sealed class SettableClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
