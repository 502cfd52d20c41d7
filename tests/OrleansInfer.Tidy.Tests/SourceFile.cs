using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OrleansInfer.Tidy.Tests;

/// <summary>One C# file: its lines and its syntax, with paths relative to the root.</summary>
internal sealed record SourceFile(string Path, IReadOnlyList<string> Lines, CompilationUnitSyntax Syntax)
{
    public static SourceFile Parse(string path, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        if (lines[^1].Length == 0) lines = lines[..^1];
        return new(path, lines, (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(text).GetRoot());
    }

    public Fault FaultAt(SyntaxNode node, string rule) => FaultAt(node.SpanStart, rule);

    public Fault FaultAt(SyntaxTrivia trivia, string rule) => FaultAt(trivia.SpanStart, rule);

    /// <summary>Its functions, local ones too. The file's top-level statements are a function as well: the one named Main.</summary>
    public IEnumerable<Function> Functions()
    {
        foreach (var node in Syntax.DescendantNodes())
        {
            if (NameOf(node) is { } name) yield return FunctionAt(node, name);
        }

        var statements = Syntax.Members.OfType<GlobalStatementSyntax>()
            .Where(global => global.Statement is not LocalFunctionStatementSyntax)
            .ToList();
        if (statements.Count > 0)
        {
            var first = LineOf(statements[0].SpanStart);
            yield return new(Path, first, "Main", LineOf(statements[^1].Span.End) - first + 1);
        }
    }

    static string? NameOf(SyntaxNode node) => node switch
    {
        BaseMethodDeclarationSyntax { Body: null, ExpressionBody: null } => null,
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        BaseMethodDeclarationSyntax => "operator",
        LocalFunctionStatementSyntax local => local.Identifier.Text,
        AccessorDeclarationSyntax { Body: null, ExpressionBody: null } => null,
        AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
        PropertyDeclarationSyntax { ExpressionBody: not null } property => property.Identifier.Text,
        IndexerDeclarationSyntax { ExpressionBody: not null } => "this[]",
        _ => null,
    };

    Function FunctionAt(SyntaxNode node, string name)
    {
        // Attributes stand before a signature; a function does not grow by them.
        var start = node.ChildNodesAndTokens().First(child => !child.IsKind(SyntaxKind.AttributeList)).SpanStart;
        return new(Path, LineOf(start), name, LineOf(node.Span.End) - LineOf(start) + 1);
    }

    Fault FaultAt(int position, string rule) => new(Path, LineOf(position), rule);

    int LineOf(int position) => Syntax.SyntaxTree.GetText().Lines.GetLineFromPosition(position).LineNumber + 1;
}
