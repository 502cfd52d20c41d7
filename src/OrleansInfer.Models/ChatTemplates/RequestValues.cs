using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>
/// Turns a request into values of the template language. All its strings are marked as the request's, names of members too; numbers,
/// booleans and null are spelled by the engine out of digits and words that make up no special token.
/// </summary>
internal static class RequestValues
{
    const int Depth = 200;

    // Templates build markers like <|user|> out of the role. These words, as roles, are the API's own and not the user's choice of text.
    static readonly string[] Roles =
        ["system", "developer", "user", "assistant", "tool", "function", "ipython", "model", "tool_response", "observation", "documents"];

    public static void Fill(TemplateScope scope, JsonElement request)
    {
        try
        {
            foreach (var member in request.EnumerateObject())
                scope.Set(member.Name, member.Name == "messages" ? Messages(member.Value) : Read(member.Value, 0));
        }
        catch (InvalidOperationException fault) // half a surrogate pair, written as an escape
        {
            throw new TemplateException($"a string of the request is not valid Unicode: {fault.Message}");
        }
    }

    static TemplateValue Messages(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array)
            return Read(messages, 0);
        return new ListValue([.. messages.EnumerateArray().Select(Message)]);
    }

    static TemplateValue Message(JsonElement message)
    {
        var value = Read(message, 1);
        if (value is DictValue dict && dict.Find("role") is StringValue role && Roles.Contains(role.Text))
            dict.Set(StringValue.Trusted("role"), StringValue.Trusted(role.Text));
        return value;
    }

    static TemplateValue Read(JsonElement element, int depth)
    {
        if (depth > Depth)
            throw new TemplateException($"the request nests deeper than {Depth} levels");
        return element.ValueKind switch
        {
            JsonValueKind.String => StringValue.FromRequest(element.GetString()!),
            JsonValueKind.Number => Number(element),
            JsonValueKind.True => BoolValue.True,
            JsonValueKind.False => BoolValue.False,
            JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(item => Read(item, depth + 1))]),
            JsonValueKind.Object => Dict(element, depth),
            _ => NoneValue.Instance,
        };
    }

    static DictValue Dict(JsonElement element, int depth)
    {
        var dict = new DictValue();
        foreach (var member in element.EnumerateObject())
            dict.Set(StringValue.FromRequest(member.Name), Read(member.Value, depth + 1));
        return dict;
    }

    static TemplateValue Number(JsonElement element)
    {
        if (element.TryGetInt64(out long small))
            return new IntValue(small);
        string text = element.GetRawText();
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
            return new FloatValue(element.GetDouble());
        return text.Length <= TemplateLimits.IntegerBits / 4
            ? new IntValue(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))
            : throw new TemplateException("a number of the request has too many digits");
    }
}
