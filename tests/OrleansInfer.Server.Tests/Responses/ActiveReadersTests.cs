namespace OrleansInfer.Server.Tests;

public sealed class ActiveReadersTests
{
    [Fact]
    public void Only_the_last_one_to_leave_is_the_last()
    {
        var readers = new ActiveReaders();
        readers.Enter("a");
        readers.Enter("a");
        readers.Enter("b");
        Assert.Equal([false, true, true], [readers.Leave("a"), readers.Leave("a"), readers.Leave("b")]);
        readers.Enter("a");
        Assert.True(readers.Leave("a"));
    }
}
