using Microsoft.Data.Sqlite;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace OrleansInfer.Grains;

/// <summary>
/// The state of a few small grains in the SQLite file of a cluster: Orleans' own grains keep there who has subscribed to which stream,
/// so that a subscription outlives the silo that took it.
/// </summary>
sealed class SqliteGrainStorage(SqliteStore store, Serializer serializer) : IGrainStorage
{
    const string Insert = "INSERT INTO grain_state(name, id, etag, data) VALUES($name, $id, $new, $data) ON CONFLICT DO NOTHING";

    const string Update = "UPDATE grain_state SET etag = $new, data = $data WHERE name = $name AND id = $id AND etag = $old";

    const string Delete = "DELETE FROM grain_state WHERE name = $name AND id = $id AND etag = $old";

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Task.Run(() =>
    {
        using var connection = store.Open();
        using var command = Command(connection, "SELECT etag, data FROM grain_state WHERE name = $name AND id = $id", stateName, grainId);
        using var reader = command.ExecuteReader();
        grainState.RecordExists = reader.Read();
        if (!grainState.RecordExists) (grainState.ETag, grainState.State) = (null!, Activator.CreateInstance<T>());
        else
            (grainState.ETag, grainState.State) = (reader.GetString(0), serializer.Deserialize<T>(reader.GetFieldValue<byte[]>(1)));
    });

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var data = serializer.SerializeToArray(grainState.State);
        var etag = Guid.NewGuid().ToString("N");
        await Change(grainState.ETag is null ? Insert : Update, stateName, grainId, grainState.ETag, ("$new", etag), ("$data", data));
        (grainState.ETag, grainState.RecordExists) = (etag, true);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not null) await Change(Delete, stateName, grainId, grainState.ETag);
        (grainState.ETag, grainState.RecordExists, grainState.State) = (null!, false, Activator.CreateInstance<T>());
    }

    /// <exception cref="InconsistentStateException">Another activation has written meanwhile.</exception>
    Task Change(string sql, string name, GrainId id, string? etag, params (string Name, object Value)[] values) => Task.Run(() =>
    {
        using var connection = store.Open();
        using var command = Command(connection, sql, name, id);
        if (etag is not null) command.Parameters.AddWithValue("$old", etag);
        foreach (var (parameter, value) in values) command.Parameters.AddWithValue(parameter, value);
        if (command.ExecuteNonQuery() == 0)
            throw new InconsistentStateException($"{name} of {id} was written by another activation.", "unknown", etag ?? "none");
    });

    static SqliteCommand Command(SqliteConnection connection, string sql, string name, GrainId id)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$name", name);
        command.Parameters.AddWithValue("$id", id.ToString());
        return command;
    }
}
