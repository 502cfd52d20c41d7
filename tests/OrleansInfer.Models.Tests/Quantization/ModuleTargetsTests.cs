namespace OrleansInfer.Models.Tests;

public sealed class ModuleTargetsTests
{
    [Fact]
    public void A_name_is_nearer_than_an_expression_and_that_than_the_class()
    {
        var targets = new ModuleTargets(["Linear", "re:.*down_proj", "model.layers.0.mlp.down_proj"]);
        Assert.Equal(0, targets.RankOf("model.layers.0.mlp.down_proj"));
        Assert.Equal(1, targets.RankOf("model.layers.1.mlp.down_proj"));
        Assert.Equal(2, targets.RankOf("lm_head"));
        Assert.Null(new ModuleTargets(["lm_head", "Attention"]).RankOf("model.layers.1.mlp.down_proj"));
    }

    [Theory]
    [InlineData("re:lm_head", "lm_head", true)]
    [InlineData("re:lm", "lm_head", true)] // Python's match: the beginning is enough
    [InlineData("re:head", "lm_head", false)]
    [InlineData("re:a|lm", "lm_head", true)]
    [InlineData(@"re:model\.layers\.[0-3]\.mlp\..*", "model.layers.3.mlp.up_proj", true)]
    [InlineData(@"re:model\.layers\.[0-3]\.mlp\..*", "model.layers.4.mlp.up_proj", false)]
    [InlineData("re:^(?!.*self_attn).*", "model.layers.4.mlp.up_proj", true)] // not for the engine that is linear in time
    [InlineData("re:^(?!.*self_attn).*", "model.layers.4.self_attn.q_proj", false)]
    public void Expressions_fit_from_the_beginning(string target, string module, bool fits) =>
        Assert.Equal(fits, new ModuleTargets([target]).RankOf(module) is not null);

    [Fact]
    public void An_expression_that_takes_forever_is_given_up()
    {
        var targets = new ModuleTargets(["re:(?=a)(a+)+$"]);
        Assert.Throws<FormatException>(() => targets.RankOf(new string('a', 60) + "!"));
    }
}
