using System.Data.Common;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace OrleansInfer.Grains;

/// <summary>
/// The state of a few small grains in the table grain_state of a cluster's database: Orleans' own grains keep there who has subscribed to
/// which stream, so that a subscription outlives the silo that took it. SQLite and PostgreSQL understand the same statements.
/// </summary>
/// <param name="open">Opens a connection to the database.</param>
sealed class TableGrainStorage(Func<ValueTask<DbConnection>> open, Serializer serializer) : IGrainStorage
{
    const string Select = "SELECT etag, data FROM grain_state WHERE name = @name AND id = @id";

    const string Insert = "INSERT INTO grain_state(name, id, etag, data) VALUES(@name, @id, @new, @data) ON CONFLICT DO NOTHING";

    const string Update = "UPDATE grain_state SET etag = @new, data = @data WHERE name = @name AND id = @id AND etag = @old";

    const string Delete = "DELETE FROM grain_state WHERE name = @name AND id = @id AND etag = @old";

    // SQLite's driver blocks the thread it is called on, and a grain's must not be blocked.
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Task.Run(async () =>
    {
        await using var connection = await open();
        await using var command = Command(connection, Select, stateName, grainId);
        await using var reader = await command.ExecuteReaderAsync();
        grainState.RecordExists = await reader.ReadAsync();
        if (!grainState.RecordExists) (grainState.ETag, grainState.State) = (null!, Activator.CreateInstance<T>());
        else
            (grainState.ETag, grainState.State) = (reader.GetString(0), serializer.Deserialize<T>(reader.GetFieldValue<byte[]>(1)));
    });

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var data = serializer.SerializeToArray(grainState.State);
        var etag = Guid.NewGuid().ToString("N");
        await Change(grainState.ETag is null ? Insert : Update, stateName, grainId, grainState.ETag, ("new", etag), ("data", data));
        (grainState.ETag, grainState.RecordExists) = (etag, true);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not null) await Change(Delete, stateName, grainId, grainState.ETag);
        (grainState.ETag, grainState.RecordExists, grainState.State) = (null!, false, Activator.CreateInstance<T>());
    }

    /// <exception cref="InconsistentStateException">Another activation has written meanwhile.</exception>
    Task Change(string sql, string name, GrainId id, string? etag, params (string Name, object Value)[] values) => Task.Run(async () =>
    {
        await using var connection = await open();
        await using var command = Command(connection, sql, name, id);
        if (etag is not null) Set(command, "old", etag);
        foreach (var (parameter, value) in values) Set(command, parameter, value);
        if (await command.ExecuteNonQueryAsync() == 0)
            throw new InconsistentStateException($"{name} of {id} was written by another activation.", "unknown", etag ?? "none");
    });

    static DbCommand Command(DbConnection connection, string sql, string name, GrainId id)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        Set(command, "name", name);
        Set(command, "id", id.ToString());
        return command;
    }

    static void Set(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
