namespace OrleansInfer.Models;

/// <summary>Parses a template: text, `{{ }}` and the statements of `{% %}` that chat templates use.</summary>
internal sealed class TemplateStatementParser
{
    readonly TemplateTokenReader _tokens;
    readonly TemplateExpressionParser _expressions;
    int _loops;

    TemplateStatementParser(string source)
    {
        _tokens = new TemplateTokenReader(TemplateLexer.Tokenize(source));
        _expressions = new TemplateExpressionParser(_tokens);
    }

    public static StatementNode Parse(string source)
    {
        var parser = new TemplateStatementParser(source);
        var body = parser.ParseBody();
        if (parser._tokens.Current.Kind != TemplateTokenKind.End)
            throw parser._tokens.Fault($"unexpected '{parser._tokens.Following}'");
        return body;
    }

    /// <summary>Everything up to a tag that starts with one of the given names; that tag is left to be read.</summary>
    BlockNode ParseBody(params string[] end)
    {
        _tokens.Descend();
        var statements = new List<StatementNode>();
        int line = _tokens.Current.Line;
        while (_tokens.Current.Kind != TemplateTokenKind.End)
        {
            if (_tokens.Current.Kind == TemplateTokenKind.TagStart && _tokens.Following.Kind == TemplateTokenKind.Name
                && end.Contains(_tokens.Following.Text))
                break;
            statements.Add(ParseStatement());
        }
        _tokens.Ascend();
        return new BlockNode(line, [.. statements]);
    }

    StatementNode ParseStatement()
    {
        var token = _tokens.Next();
        if (token.Kind == TemplateTokenKind.Text)
            return new TextNode(token.Line, token.Text);
        if (token.Kind == TemplateTokenKind.TagStart)
            return ParseTag(token.Line);
        var value = _expressions.ParseTuple();
        _tokens.Expect(TemplateTokenKind.PrintEnd);
        return new PrintNode(token.Line, value);
    }

    StatementNode ParseTag(int line)
    {
        string name = _tokens.ExpectName();
        return name switch
        {
            "if" => ParseIf(line),
            "for" => ParseFor(line),
            "set" => ParseSet(line),
            "macro" => ParseMacro(line),
            "call" => ParseCallBlock(line),
            "filter" => ParseFilterBlock(line),
            "with" => ParseWith(line),
            "generation" => ParseGeneration(),
            "break" or "continue" => ParseJump(line, name == "break" ? Flow.Break : Flow.Continue),
            _ => throw new TemplateException($"Encountered unknown tag '{name}'.", line),
        };
    }

    IfNode ParseIf(int line)
    {
        var branches = new List<IfBranch>();
        ExpressionNode? condition = ParseConditionOfIf();
        while (true)
        {
            branches.Add(new(condition, condition is null ? ParseBody("endif") : ParseBody("elif", "else", "endif")));
            string name = TakeTag();
            if (name == "endif")
                break;
            condition = name == "elif" ? ParseConditionOfIf() : null;
            if (condition is null)
                EndTag();
        }
        EndTag();
        return new IfNode(line, [.. branches]);
    }

    ExpressionNode ParseConditionOfIf()
    {
        var condition = _expressions.ParseTuple(withConditional: false);
        EndTag();
        return condition;
    }

    ForNode ParseFor(int line)
    {
        var target = ParseTarget();
        if (!_tokens.TakeName("in"))
            throw _tokens.Fault($"expected 'in', got '{_tokens.Current}'");
        var items = _expressions.ParseTuple(withConditional: false);
        var condition = _tokens.TakeName("if") ? _expressions.Parse() : null;
        bool isRecursive = _tokens.TakeName("recursive");
        EndTag();
        _loops++;
        var body = ParseBody("endfor", "else");
        _loops--;
        BlockNode? otherwise = null;
        if (TakeTag() == "else")
        {
            EndTag();
            otherwise = ParseBody("endfor");
            TakeTag();
        }
        EndTag();
        return new ForNode(line, target, items, condition, body, otherwise, isRecursive);
    }

    StatementNode ParseSet(int line)
    {
        var target = ParseTarget(withNamespace: true);
        if (_tokens.Take("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new SetNode(line, target, value);
        }
        var filters = new List<BuiltinCall>();
        while (_tokens.Take("|"))
            filters.Add(_expressions.ParseFilter());
        EndTag();
        return new SetBlockNode(line, target, ParseCaptured("endset"), [.. filters]);
    }

    MacroNode ParseMacro(int line)
    {
        string name = _tokens.ExpectName();
        var parameters = ParseParameters();
        EndTag();
        return new MacroNode(line, ParseSignature(name, parameters, "endmacro"));
    }

    CallBlockNode ParseCallBlock(int line)
    {
        var parameters = _tokens.Is("(") ? ParseParameters() : [];
        if (_expressions.Parse() is not CallNode call)
            throw _tokens.Fault("expected call");
        EndTag();
        return new CallBlockNode(line, call, ParseSignature("caller", parameters, "endcall"));
    }

    MacroSignature ParseSignature(string name, MacroParameter[] parameters, string end)
    {
        var outerNames = _expressions.NamesRead;
        _expressions.NamesRead = [];
        var signature = new MacroSignature(name, parameters, ParseCaptured(end), _expressions.NamesRead);
        outerNames.UnionWith(_expressions.NamesRead);
        _expressions.NamesRead = outerNames;
        return signature;
    }

    MacroParameter[] ParseParameters()
    {
        _tokens.Expect("(");
        var parameters = new List<MacroParameter>();
        while (!_tokens.Is(")"))
        {
            string name = _tokens.ExpectName();
            parameters.Add(new(name, _tokens.Take("=") ? _expressions.Parse() : null));
            if (!_tokens.Take(","))
                break;
        }
        _tokens.Expect(")");
        return [.. parameters];
    }

    FilterBlockNode ParseFilterBlock(int line)
    {
        var filters = new List<BuiltinCall> { _expressions.ParseFilter() };
        while (_tokens.Take("|"))
            filters.Add(_expressions.ParseFilter());
        EndTag();
        return new FilterBlockNode(line, ParseCaptured("endfilter"), [.. filters]);
    }

    WithNode ParseWith(int line)
    {
        var assignments = new List<SetNode>();
        while (_tokens.Current.Kind != TemplateTokenKind.TagEnd)
        {
            if (assignments.Count > 0)
                _tokens.Expect(",");
            var target = ParseTargetItem(withNamespace: false);
            _tokens.Expect("=");
            assignments.Add(new SetNode(line, target, _expressions.Parse()));
        }
        EndTag();
        var body = ParseBody("endwith");
        TakeTag();
        EndTag();
        return new WithNode(line, [.. assignments], body);
    }

    // Hugging Face marks what the assistant wrote, for training; in a prompt the marks leave nothing behind.
    BlockNode ParseGeneration()
    {
        EndTag();
        var body = ParseBody("endgeneration");
        TakeTag();
        EndTag();
        return body;
    }

    JumpNode ParseJump(int line, Flow flow)
    {
        if (_loops == 0)
            throw _tokens.Fault("break and continue belong into a loop");
        EndTag();
        return new JumpNode(line, flow);
    }

    // A body whose output is caught: a loop around it is out of its reach.
    BlockNode ParseCaptured(string end)
    {
        int loops = _loops;
        _loops = 0;
        var body = ParseBody(end);
        _loops = loops;
        TakeTag();
        EndTag();
        return body;
    }

    /// <summary>A name, or several with commas between them that a sequence is unpacked into.</summary>
    AssignTarget ParseTarget(bool withNamespace = false)
    {
        var targets = new List<AssignTarget>();
        bool isTuple = false;
        while (targets.Count == 0 || (_tokens.Current.Kind == TemplateTokenKind.Name && !_tokens.IsName("in")) || _tokens.Is("("))
        {
            targets.Add(ParseTargetItem(withNamespace));
            isTuple |= _tokens.Is(",");
            if (!_tokens.Take(","))
                break;
        }
        return isTuple ? Unpacking.Into([.. targets]) : targets[0];
    }

    AssignTarget ParseTargetItem(bool withNamespace)
    {
        if (_tokens.Take("("))
        {
            _tokens.Descend();
            var inner = ParseTarget();
            _tokens.Ascend();
            _tokens.Expect(")");
            return inner;
        }
        string name = _tokens.ExpectName();
        if (!withNamespace || !_tokens.Take("."))
            return (scope, value) => scope.Set(name, value);
        string attribute = _tokens.ExpectName();
        return (scope, value) => ((scope.Find(name) as NamespaceValue)
            ?? throw new TemplateException("cannot assign attribute on non-namespace object")).Set(attribute, value);
    }

    string TakeTag()
    {
        if (_tokens.Current.Kind == TemplateTokenKind.End)
            throw _tokens.Fault("a block of the template is not closed");
        _tokens.Expect(TemplateTokenKind.TagStart);
        return _tokens.ExpectName();
    }

    void EndTag() => _tokens.Expect(TemplateTokenKind.TagEnd);
}
