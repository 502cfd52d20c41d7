using Orleans.Serialization;

namespace OrleansInfer.Grains;

/// <summary>Events as bytes: Orleans' serializer, which knows members by number and types by alias, so that both may be renamed.</summary>
sealed class EventCodec(Serializer<ConversationEvent[]> serializer)
{
    public byte[] Encode(IReadOnlyList<ConversationEvent> events) => serializer.SerializeToArray([.. events]);

    public ConversationEvent[] Decode(byte[] data) => serializer.Deserialize(data)!;
}
