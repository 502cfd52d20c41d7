using System.Runtime.CompilerServices;

namespace OrleansInfer.Models;

/// <summary>The tokens of a template, read by the parsers one after the other.</summary>
internal sealed class TemplateTokenReader(List<TemplateToken> tokens)
{
    int _position;
    int _depth;

    public TemplateToken Current => tokens[_position];

    public TemplateToken Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public TemplateToken Next() => Current.Kind == TemplateTokenKind.End ? Current : tokens[_position++];

    public bool Is(string op) => Current.Kind == TemplateTokenKind.Operator && Current.Text == op;

    public bool IsAny(params ReadOnlySpan<string> operators) =>
        Current.Kind == TemplateTokenKind.Operator && operators.Contains(Current.Text);

    public bool IsName(string name) => Current.Kind == TemplateTokenKind.Name && Current.Text == name;

    public bool Take(string op)
    {
        bool there = Is(op);
        if (there)
            _position++;
        return there;
    }

    public bool TakeName(string name)
    {
        bool there = IsName(name);
        if (there)
            _position++;
        return there;
    }

    public void Expect(string op)
    {
        if (!Take(op))
            throw Fault($"expected '{op}', got '{Current}'");
    }

    public void Expect(TemplateTokenKind kind)
    {
        if (Current.Kind != kind)
            throw Fault($"expected '{new TemplateToken(kind, "", 0)}', got '{Current}'");
        _position++;
    }

    public string ExpectName() => Current.Kind == TemplateTokenKind.Name ? Next().Text : throw Fault($"expected a name, got '{Current}'");

    public TemplateException Fault(string message) => new(message, Current.Line);

    /// <summary>Goes one level deeper; a template of 100,000 parentheses must end in an exception, not in a stack overflow.</summary>
    public void Descend()
    {
        if (++_depth > TemplateLimits.ParserDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Fault($"the template nests deeper than {TemplateLimits.ParserDepth} levels");
    }

    public void Ascend() => _depth--;
}
