namespace OrleansInfer.Server;

/// <summary>What a message of a conversation is among OpenAI's items.</summary>
internal enum ItemKind
{
    Message,
    FunctionCall,
    FunctionCallOutput,
}
