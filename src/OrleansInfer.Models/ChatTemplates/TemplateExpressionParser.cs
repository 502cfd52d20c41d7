using System.Globalization;
using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>Parses expressions with Jinja's precedence, the loosest first: if, or, and, not, == in, + -, ~, * / // %, **, signs.</summary>
internal sealed class TemplateExpressionParser(TemplateTokenReader tokens)
{
    /// <summary>Names read since the last reset: a macro takes `varargs`, `kwargs` and `caller` only if its body names them.</summary>
    public HashSet<string> NamesRead { get; set; } = [];

    /// <summary>One expression, or a tuple where commas follow it.</summary>
    public ExpressionNode ParseTuple(bool withConditional = true)
    {
        int line = tokens.Current.Line;
        var first = Item();
        if (!tokens.Is(","))
            return first;
        var items = new List<ExpressionNode> { first };
        while (tokens.Take(","))
        {
            if (tokens.Current.Kind is TemplateTokenKind.PrintEnd or TemplateTokenKind.TagEnd || tokens.IsAny(")", "]", "="))
                break;
            items.Add(Item());
        }
        return new SequenceNode(line, [.. items], isTuple: true);

        ExpressionNode Item() => withConditional ? Parse() : ParseOr();
    }

    public ExpressionNode Parse()
    {
        tokens.Descend();
        int line = tokens.Current.Line;
        var value = ParseOr();
        while (tokens.TakeName("if"))
        {
            var condition = ParseOr();
            value = new ConditionalNode(line, condition, value, tokens.TakeName("else") ? Parse() : null);
        }
        tokens.Ascend();
        return value;
    }

    /// <summary>`(a, *b, c=d, **e)`</summary>
    public ArgumentsNode ParseArguments()
    {
        tokens.Expect("(");
        var positional = new List<ExpressionNode>();
        var named = new List<KeyValuePair<string, ExpressionNode>>();
        ExpressionNode? rest = null, namedRest = null;
        while (!tokens.Is(")"))
        {
            if (tokens.Take("*"))
                rest = Parse();
            else if (tokens.Take("**"))
                namedRest = Parse();
            else if (tokens.Current.Kind == TemplateTokenKind.Name && tokens.Following is { Kind: TemplateTokenKind.Operator, Text: "=" })
                named.Add(ParseNamed());
            else if (named.Count == 0)
                positional.Add(Parse());
            else
                throw tokens.Fault("a positional argument follows a named one");
            if (!tokens.Take(","))
                break;
        }
        tokens.Expect(")");
        return new([.. positional], [.. named], rest, namedRest);
    }

    /// <summary>A filter's name and arguments, behind the bar.</summary>
    public BuiltinCall ParseFilter()
    {
        string name = ParseDottedName();
        return new("filter", name, TemplateFilters.Find(name), tokens.Is("(") ? ParseArguments() : ArgumentsNode.None);
    }

    KeyValuePair<string, ExpressionNode> ParseNamed()
    {
        string name = tokens.ExpectName();
        tokens.Expect("=");
        return new(name, Parse());
    }

    ExpressionNode ParseOr() => ParseLogical(ParseAnd, "or");

    ExpressionNode ParseAnd() => ParseLogical(ParseNot, "and");

    ExpressionNode ParseLogical(Func<ExpressionNode> operand, string op)
    {
        var left = operand();
        while (tokens.IsName(op))
        {
            int line = tokens.Next().Line;
            left = new LogicalNode(line, isOr: op == "or", left, operand());
        }
        return left;
    }

    ExpressionNode ParseNot()
    {
        int line = tokens.Current.Line;
        if (!tokens.TakeName("not"))
            return ParseComparison();
        tokens.Descend();
        var operand = ParseNot();
        tokens.Ascend();
        return new NotNode(line, operand);
    }

    ExpressionNode ParseComparison()
    {
        int line = tokens.Current.Line;
        var first = ParseSum();
        var links = new List<ComparisonLink>();
        while (TakeComparison() is { } op)
            links.Add(new(op, ParseSum()));
        return links.Count == 0 ? first : new ComparisonNode(line, first, [.. links]);
    }

    string? TakeComparison()
    {
        if (tokens.IsAny("==", "!=", "<", ">", "<=", ">="))
            return tokens.Next().Text;
        if (tokens.TakeName("in"))
            return "in";
        if (!tokens.IsName("not") || tokens.Following is not { Kind: TemplateTokenKind.Name, Text: "in" })
            return null;
        tokens.Next();
        tokens.Next();
        return "not in";
    }

    ExpressionNode ParseSum() => ParseBinary(ParseConcat, "+", "-");

    ExpressionNode ParseConcat()
    {
        int line = tokens.Current.Line;
        var first = ParseProduct();
        if (!tokens.Is("~"))
            return first;
        var parts = new List<ExpressionNode> { first };
        while (tokens.Take("~"))
            parts.Add(ParseProduct());
        return new ConcatNode(line, [.. parts]);
    }

    ExpressionNode ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    // From the left, as Jinja's parser does: 2 ** 3 ** 2 is 64.
    ExpressionNode ParsePower() => ParseBinary(() => ParseSign(withFilters: true), "**");

    ExpressionNode ParseBinary(Func<ExpressionNode> operand, params string[] operators)
    {
        var left = operand();
        while (tokens.IsAny(operators))
        {
            var op = tokens.Next();
            left = new BinaryNode(op.Line, op.Text, left, operand());
        }
        return left;
    }

    // A sign binds closer than a filter: -1|abs is 1.
    ExpressionNode ParseSign(bool withFilters)
    {
        tokens.Descend();
        int line = tokens.Current.Line;
        ExpressionNode node;
        if (tokens.Take("-"))
            node = new NegationNode(line, ParseSign(withFilters: false));
        else if (tokens.Take("+"))
            node = new NegationNode(line, new NegationNode(line, ParseSign(withFilters: false)));
        else
            node = ParsePrimary();
        node = ParsePostfix(node);
        node = withFilters ? ParseFilters(node) : node;
        tokens.Ascend();
        return node;
    }

    ExpressionNode ParseFilters(ExpressionNode node)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.Take("|"))
                node = new BuiltinNode(line, node, ParseFilter());
            else if (tokens.TakeName("is"))
                node = tokens.TakeName("not") ? new NotNode(line, ParseTest(node, line)) : ParseTest(node, line);
            else if (tokens.Is("("))
                node = new CallNode(line, node, ParseArguments());
            else
                return node;
        }
    }

    BuiltinNode ParseTest(ExpressionNode node, int line)
    {
        string name = ParseDottedName();
        var arguments = ArgumentsNode.None;
        if (tokens.IsName("is"))
            throw tokens.Fault("tests cannot be chained with is");
        if (tokens.Is("("))
            arguments = ParseArguments();
        else if (StartsTestArgument())
            arguments = new([ParsePostfix(ParsePrimary())], [], null, null);
        return new BuiltinNode(line, node, new("test", name, TemplateTests.Find(name), arguments));
    }

    bool StartsTestArgument() => tokens.Current.Kind switch
    {
        TemplateTokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "if" or "is" or "not" or "in" or "recursive"),
        TemplateTokenKind.String or TemplateTokenKind.Integer or TemplateTokenKind.Float => true,
        _ => tokens.IsAny("[", "{"),
    };

    string ParseDottedName()
    {
        string name = tokens.ExpectName();
        while (tokens.Take("."))
            name += "." + tokens.ExpectName();
        return name;
    }

    ExpressionNode ParsePostfix(ExpressionNode node)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.Take("."))
                node = ParseMember(node, line);
            else if (tokens.Take("["))
                node = ParseSubscript(node, line);
            else if (tokens.Is("("))
                node = new CallNode(line, node, ParseArguments());
            else
                return node;
        }
    }

    ExpressionNode ParseMember(ExpressionNode node, int line) => tokens.Current.Kind == TemplateTokenKind.Integer
        ? new ItemNode(line, node, ParsePrimary())
        : new AttributeNode(line, node, tokens.ExpectName());

    ExpressionNode ParseSubscript(ExpressionNode node, int line)
    {
        var start = tokens.Is(":") ? null : tokens.Is("]") ? new SequenceNode(line, [], isTuple: true) : ParseTuple();
        if (start is not null && tokens.Take("]"))
            return new ItemNode(line, node, start);
        tokens.Expect(":");
        var stop = tokens.IsAny(":", "]") ? null : Parse();
        var step = tokens.Take(":") && !tokens.Is("]") ? Parse() : null;
        tokens.Expect("]");
        return new SliceNode(line, node, start, stop, step);
    }

    ExpressionNode ParsePrimary()
    {
        var token = tokens.Next();
        return token.Kind switch
        {
            TemplateTokenKind.Name => ParseName(token),
            TemplateTokenKind.String => ParseString(token),
            TemplateTokenKind.Integer => new LiteralNode(token.Line, ParseInteger(token)),
            TemplateTokenKind.Float => new LiteralNode(token.Line, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture))),
            TemplateTokenKind.Operator when token.Text == "(" => ParseParentheses(token.Line),
            TemplateTokenKind.Operator when token.Text == "[" => ParseList(token.Line),
            TemplateTokenKind.Operator when token.Text == "{" => ParseDict(token.Line),
            _ => throw new TemplateException($"unexpected '{token}'", token.Line),
        };
    }

    ExpressionNode ParseName(TemplateToken token)
    {
        NamesRead.Add(token.Text);
        return token.Text switch
        {
            "true" or "True" => new LiteralNode(token.Line, BoolValue.True),
            "false" or "False" => new LiteralNode(token.Line, BoolValue.False),
            "none" or "None" => new LiteralNode(token.Line, NoneValue.Instance),
            _ => new NameNode(token.Line, token.Text),
        };
    }

    // Strings side by side are one.
    LiteralNode ParseString(TemplateToken token)
    {
        var parts = new List<string> { token.Text };
        while (tokens.Current.Kind == TemplateTokenKind.String)
            parts.Add(tokens.Next().Text);
        return new LiteralNode(token.Line, StringValue.Trusted(string.Concat(parts)));
    }

    static IntValue ParseInteger(TemplateToken token)
    {
        string text = token.Text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        int radix = text.Length < 2 ? 10 : text[1] switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 };
        if (text.Length > TemplateLimits.IntegerBits)
            throw new TemplateException("an integer is too long", token.Line);
        var value = BigInteger.Zero;
        foreach (char c in radix == 10 ? text : text[2..])
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : c - 'a' + 10;
            value = digit < radix ? value * radix + digit : throw new TemplateException($"'{token.Text}' is no number", token.Line);
        }
        return new IntValue(value);
    }

    ExpressionNode ParseParentheses(int line)
    {
        if (tokens.Take(")"))
            return new SequenceNode(line, [], isTuple: true);
        var inner = ParseTuple();
        tokens.Expect(")");
        return inner;
    }

    SequenceNode ParseList(int line)
    {
        var items = new List<ExpressionNode>();
        while (!tokens.Is("]"))
        {
            items.Add(Parse());
            if (!tokens.Take(","))
                break;
        }
        tokens.Expect("]");
        return new SequenceNode(line, [.. items], isTuple: false);
    }

    DictNode ParseDict(int line)
    {
        var items = new List<KeyValuePair<ExpressionNode, ExpressionNode>>();
        while (!tokens.Is("}"))
        {
            var key = Parse();
            tokens.Expect(":");
            items.Add(new(key, Parse()));
            if (!tokens.Take(","))
                break;
        }
        tokens.Expect("}");
        return new DictNode(line, [.. items]);
    }
}
