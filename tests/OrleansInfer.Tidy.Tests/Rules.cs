using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OrleansInfer.Tidy.Tests;

/// <summary>What one C# file has to keep. Each rule returns the places that break it.</summary>
internal static partial class Rules
{
    public const int MaxFileLines = 500;
    public const int MaxFunctionLines = 70;
    public const int MaxLineLength = 140;

    public static IEnumerable<Fault> LongFile(SourceFile source)
    {
        if (source.Lines.Count > MaxFileLines)
        {
            yield return new(source.Path, MaxFileLines + 1, $"{source.Lines.Count} lines; a file has at most {MaxFileLines}");
        }
    }

    public static IEnumerable<Fault> LongFunctions(SourceFile source) =>
        from function in source.Functions()
        where function.Lines > MaxFunctionLines
        select new Fault(source.Path, function.Line, $"{function.Name} has {function.Lines} lines; it has at most {MaxFunctionLines}");

    public static IEnumerable<Fault> LongLines(SourceFile source) =>
        from line in source.Lines.Index()
        where line.Item.Length > MaxLineLength
        select new Fault(source.Path, line.Index + 1, $"{line.Item.Length} characters; a line has at most {MaxLineLength}");

    public static IEnumerable<Fault> Regions(SourceFile source) =>
        from trivia in source.Syntax.DescendantTrivia()
        where trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)
        select source.FaultAt(trivia, "#region; a file that needs one is two files");

    public static IEnumerable<Fault> Notes(SourceFile source) =>
        from trivia in source.Syntax.DescendantTrivia()
        where IsComment(trivia) && Note().IsMatch(trivia.ToFullString())
        select source.FaultAt(trivia, $"'{Note().Match(trivia.ToFullString())}' in a comment; do it, or open an issue");

    /// <summary>One namespace a project, file-scoped, and named as the project.</summary>
    public static IEnumerable<Fault> ForeignNamespaces(SourceFile source, string expected)
    {
        foreach (var declared in source.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
        {
            if (declared.Name.ToString() != expected)
            {
                yield return source.FaultAt(declared, $"namespace {declared.Name}; the project's is {expected}");
            }

            if (declared is NamespaceDeclarationSyntax) yield return source.FaultAt(declared, "a namespace in braces; it is file-scoped");
        }

        // Top-level statements stand in no namespace, and so do the partial types beside them.
        if (source.Syntax.Members.Any(member => member is GlobalStatementSyntax)) yield break;
        foreach (var type in source.Syntax.Members.OfType<BaseTypeDeclarationSyntax>())
        {
            yield return source.FaultAt(type, $"{type.Identifier} is in no namespace; the project's is {expected}");
        }
    }

    /// <summary>Names whose first part is <paramref name="root"/>, in code and in usings.</summary>
    public static IEnumerable<Fault> Names(SourceFile source, string root, string rule) =>
        from name in source.Syntax.DescendantNodes(descendIntoTrivia: false).OfType<IdentifierNameSyntax>()
        where name.Identifier.Text == root && IsFirstPart(name)
        select source.FaultAt(name, rule);

    public static IEnumerable<Fault> PlatformInvokes(SourceFile source) =>
        from attribute in source.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        where attribute.Name.ToString().Split('.')[^1] is "DllImport" or "LibraryImport" or "DllImportAttribute" or "LibraryImportAttribute"
        select source.FaultAt(attribute, "P/Invoke; only OrleansInfer.Kernels calls native code");

    /// <summary>A skipped test says why: `Skip = "..."` and `Assert.Skip("...")` with a text of at least two words.</summary>
    public static IEnumerable<Fault> SilentSkips(SourceFile source)
    {
        const string rule = "skips without a reason in its text";
        foreach (var node in source.Syntax.DescendantNodes())
        {
            if (ReasonOf(node) is { } reason && !HasText(reason)) yield return source.FaultAt(node, rule);
        }
    }

    static ExpressionSyntax? ReasonOf(SyntaxNode node) => node switch
    {
        AttributeArgumentSyntax { NameEquals.Name.Identifier.Text: "Skip" } argument => argument.Expression,
        InvocationExpressionSyntax
        {
            Expression: MemberAccessExpressionSyntax
            {
                Expression: IdentifierNameSyntax { Identifier.Text: "Assert" },
                Name.Identifier.Text: "Skip" or "SkipWhen" or "SkipUnless",
            },
            ArgumentList.Arguments: [.., var last],
        } => last.Expression,
        _ => null,
    };

    // A constant or a computed text has its reason elsewhere; a literal shows it here.
    static bool HasText(ExpressionSyntax reason) => reason switch
    {
        LiteralExpressionSyntax literal => literal.Token.ValueText.Trim().Contains(' '),
        InterpolatedStringExpressionSyntax text => text.Contents.ToString().Trim().Contains(' '),
        _ => true,
    };

    static bool IsFirstPart(IdentifierNameSyntax name) => name.Parent switch
    {
        QualifiedNameSyntax qualified => qualified.Left == name,
        MemberAccessExpressionSyntax access => access.Expression == name,
        AliasQualifiedNameSyntax alias => alias.Alias != name,
        UsingDirectiveSyntax => true,
        _ => false,
    };

    static bool IsComment(SyntaxTrivia trivia) =>
        trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
            or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia;

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Note();
}
