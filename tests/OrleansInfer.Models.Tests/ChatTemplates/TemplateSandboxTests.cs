namespace OrleansInfer.Models.Tests;

/// <summary>What a hostile template may try. Each attempt ends in a TemplateException, quickly; none may take the process down.</summary>
public sealed class TemplateSandboxTests
{
    static string Many(string part, int count) => string.Concat(Enumerable.Repeat(part, count));

    public static TheoryData<string, string> DeepTemplates => new()
    {
        { "parentheses", "{{ " + Many("(", 100_000) + "1" + Many(")", 100_000) + " }}" },
        { "lists", "{{ " + Many("[", 100_000) + Many("]", 100_000) + " }}" },
        { "dictionaries", "{{ " + Many("{1:", 100_000) + "1" + Many("}", 100_000) + " }}" },
        { "nots", "{{ " + Many("not ", 100_000) + "1 }}" },
        { "signs", "{{ " + Many("-", 100_000) + "1 }}" },
        { "sums", "{{ 1" + Many("+1", 100_000) + " }}" },
        { "members", "{{ a" + Many(".b", 100_000) + " }}" },
        { "filters", "{{ a" + Many("|trim", 100_000) + " }}" },
        { "calls", "{{ a" + Many("()", 100_000) + " }}" },
        { "conditions", "{{ 1" + Many(" if 1 else 1", 50_000) + " }}" },
        { "blocks", Many("{% if 1 %}", 50_000) + Many("{% endif %}", 50_000) },
        { "targets", "{% set " + Many("(", 100_000) + "a" + Many(")", 100_000) + " = 1 %}" },
        { "length", Many("a", 2_000_000) },
    };

    public static TheoryData<string> GreedyTemplates => new(
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(100000) %}{{ a }}{% endfor %}",
        "{{ range(10 ** 9) }}",
        "{% set ns = namespace(s=a) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=a) %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s=a) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}",
        "{% set ns = namespace(s=a) %}{% for i in range(100) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}",
        "{% set ns = namespace(s=a) %}{% for i in range(100) %}{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{{ 'a' * 10 ** 9 }}",
        "{{ [0] * 10 ** 9 }}",
        "{{ a|replace('a', a) }}",
        "{{ a.replace('', a) }}",
        "{{ a.join(a) }}",
        "{{ 'a'.ljust(10 ** 9) }}",
        "{{ 'a'.rjust(10 ** 30) }}",
        "{{ 'a'|center(10 ** 9) }}",
        "{{ 'a'.zfill(10 ** 9) }}",
        "{{ '\\t'.expandtabs(10 ** 9) }}",
        "{{ ('a\\n' * 100000)|indent('x' * 10000) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ '{:.999999999f}'.format(1) }}",
        "{{ [1]|batch(10 ** 9, 0)|list }}",
        "{{ [1]|slice(10 ** 9)|list }}",
        "{{ 10 ** 10 ** 10 * 10 ** 4000 }}",
        "{% set ns = namespace(n=3) %}{% for i in range(100) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
        "{% for i in range(100000) %}{% set x = a.split('a') %}{% endfor %}",
        "{% set b = a * 100 %}{{ (a * 50 ~ 'b') in b }}{{ ('b' ~ a * 50) in b }}",
        "{% for i in range(100000) %}{% set x = {a: 1}[a] %}{% endfor %}",
        "{% for i in range(1000) %}{% set x = range(100000)|sort %}{% endfor %}");

    public static TheoryData<string> RecursiveTemplates => new(
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        Nested("ns.x", "[ns.x]") + "{{ ns.x }}",
        Nested("ns.x", "[ns.x]") + "{{ ns.x|tojson }}",
        Nested("ns.x", "{'a': ns.x}") + "{{ ns.x }}",
        Nested("ns.x", "ns.x|map('string')") + "{{ ns.x|list }}",
        Shared + "{{ ns.x|tojson }}",
        Shared + "{{ ns.x }}",
        Shared + "{{ ns.x == ns.y }}",
        Shared + "{{ ns.x < ns.y }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}");

    // Sixty levels that each hold the one below twice: small in memory, exponential to walk.
    const string Shared = "{% set ns = namespace(x=[1], y=[1]) %}"
        + "{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}";

    static string Nested(string target, string value) =>
        "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set " + target + " = " + value + " %}{% endfor %}";

    [Theory]
    [MemberData(nameof(DeepTemplates))]
    public void A_template_that_nests_without_end_is_refused(string what, string template)
    {
        Assert.NotEmpty(what);
        Rendering.Refusal(template);
    }

    [Theory]
    [MemberData(nameof(GreedyTemplates))]
    public void A_template_that_wants_too_much_is_refused(string template) =>
        Rendering.Refusal(template, new { a = new string('a', 100_000) });

    [Theory]
    [MemberData(nameof(RecursiveTemplates))]
    public void A_template_that_recurses_without_end_is_refused(string template) => Rendering.Refusal(template);

    [Fact]
    public void Refuses_deep_recursion_on_a_small_stack_too()
    {
        Exception? fault = null;
        var thread = new Thread(() => fault = Record.Exception(() => Rendering.Render(
            "{% macro m(n) %}{% if n %}{% if n %}{{ [[m(n - 1)]]|first|first }}{% endif %}{% endif %}{% endmacro %}{{ m(100000) }}")),
            256 * 1024);
        thread.Start();
        thread.Join();
        Assert.IsType<TemplateException>(fault);
    }

    [Fact]
    public void A_request_may_nest_but_not_without_end()
    {
        string json = "{\"x\":" + Many("[", 500) + Many("]", 500) + "}";
        using var request = System.Text.Json.JsonDocument.Parse(json, new() { MaxDepth = 1000 });
        Assert.Throws<TemplateException>(() => new ChatTemplate("{{ x }}").Render(request.RootElement));
    }

    [Theory]
    [InlineData("{{ items.append(1) }}")]
    [InlineData("{{ items.pop() }}")]
    [InlineData("{{ items.sort() }}")]
    [InlineData("{{ items.clear() }}")]
    [InlineData("{{ d.update({'a': 2}) }}")]
    [InlineData("{{ d.pop('a') }}")]
    [InlineData("{{ d.setdefault('b', 1) }}")]
    [InlineData("{{ d.clear() }}")]
    [InlineData("{% set d.a = 2 %}")]
    [InlineData("{{ ''.__class__.__mro__ }}")]
    [InlineData("{{ items.__class__.__base__.__subclasses__() }}")]
    [InlineData("{{ range.__globals__['os'] }}")]
    [InlineData("{{ d.GetType().Assembly }}")]
    [InlineData("{{ '{0.__class__.__mro__}'.format(d) }}")]
    [InlineData("{{ d|attr('__class__')|attr('__base__') }}{{ (d|attr('__class__')).x }}")]
    [InlineData("{{ cycler.__init__.__globals__ }}")]
    public void Nothing_of_the_request_changes_and_nothing_of_the_host_is_reached(string template) =>
        Rendering.Refusal(template, new { items = new[] { 1 }, d = new { a = 1 } });

    [Fact]
    public void Whatever_a_template_says_it_renders_or_is_refused()
    {
        const string alphabet = "{}%#-+()[]|.,:'\"\\~*/<>=! \n\tabx019_\u00e9\ud83e\udd99";
        const string seed = "{#- note -#}{%- set ns = namespace(n=0) %}{% macro m(a, b='x\\n') -%}[{{ a|tojson }}{{ b }}]{%- endmacro %}"
            + "{% for m2 in messages if m2.role != 'tool' %}{{ loop.index0 ~ m(m2['content'][1:], b=m2.role|upper) }}"
            + "{% if loop.last and not ns.n %}{{ '%5.1f|{}'.format(ns.n) % 1.5 }}{% elif x is defined %}{{ 2 ** 3 // 2 }}"
            + "{% else %}{{ {'k': [1, none]}.items()|list|length }}{% endif %}{% endfor %}";
        var messages = new[] { new { role = "user", content = "hi" }, new { role = "tool", content = "" } };
        var request = Rendering.Request(new { messages });
        var random = new Random(20240726);
        int refused = 0;
        for (int i = 0; i < 5_000; i++)
        {
            var template = new System.Text.StringBuilder(seed);
            for (int edits = random.Next(1, 6); edits > 0; edits--)
            {
                int at = random.Next(template.Length);
                if (random.Next(3) == 0)
                    template.Remove(at, Math.Min(random.Next(1, 9), template.Length - at));
                else if (random.Next(2) == 0)
                    template.Insert(at, alphabet[random.Next(alphabet.Length)]);
                else
                    template[at] = alphabet[random.Next(alphabet.Length)];
            }
            var fault = Record.Exception(() => new ChatTemplate(template.ToString()).RenderSegments(request));
            Assert.True(fault is null or TemplateException, $"{template}: {fault}");
            refused += fault is null ? 0 : 1;
        }
        Assert.InRange(refused, 1_000, 4_900);
    }

    [Fact]
    public void A_template_keeps_nothing_between_renders()
    {
        var template = new ChatTemplate("{% set n = (n or 0) + 1 %}{% set ns = namespace(x=n) %}{{ ns.x }}");
        var request = Rendering.Request(new { });
        Assert.Equal(["1", "1"], [template.Render(request), template.Render(request)]);
    }

    [Fact]
    public void Renders_of_one_template_may_run_in_parallel()
    {
        var template = new ChatTemplate("{% for m in messages %}{{ loop.index }}{{ m }}{{ loop.cycle('a', 'b') }}{% endfor %}");
        var results = new string[64];
        Parallel.For(0, results.Length, i => results[i] = template.Render(Rendering.Request(new { messages = new[] { i, i + 1 } })));
        Assert.All(results, (text, i) => Assert.Equal($"1{i}a2{i + 1}b", text));
    }
}
