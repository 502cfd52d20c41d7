using Microsoft.Data.Sqlite;

namespace OrleansInfer.Grains;

/// <summary>What SQLite's result codes (https://www.sqlite.org/rescode.html) mean for someone who runs the service.</summary>
static class SqliteFaults
{
    public static (string Message, bool MayPass) Explain(Exception fault, string path) => fault switch
    {
        SqliteException e => e.SqliteErrorCode switch
        {
            5 or 6 => ($"The journal {path} is locked by another process. End that process, or give each its own data folder.", true),
            8 => ($"The journal {path} cannot be written. Check the permissions of the file and its folder.", false),
            10 => ($"The disk of the journal {path} reports a fault: {e.Message} Check the disk.", true),
            11 => ($"The journal {path} is damaged. Restore it from a backup, or move it away to start with an empty one.", false),
            13 => ($"The disk of the journal {path} is full. Free some space; turns that wait go on by themselves.", true),
            14 => ($"The journal {path} cannot be opened. Check that its folder exists and can be written.", false),
            26 => ($"{path} is not a SQLite database. Name another file, or move this one away.", false),
            _ => ($"The journal {path} failed: {e.Message}", false),
        },
        IOException or UnauthorizedAccessException => ($"The journal {path} cannot be opened: {fault.Message}", false),
        _ => ($"The journal {path} failed: {fault.Message}", false),
    };
}
