using System.ComponentModel.DataAnnotations;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>Section "OrleansInfer" of the configuration; the command line stands above it.</summary>
internal sealed class ServerOptions
{
    public const string Section = "OrleansInfer";

    /// <summary>A Hugging Face folder. Default: the demo model that ships beside the program.</summary>
    [Required] public string Model { get; set; } = Path.Combine(AppContext.BaseDirectory, "DemoModel");

    /// <summary>Folder of the journal of a server by itself. One process at a time.</summary>
    [Required] public string Data { get; set; } = "./data";

    /// <summary>
    /// What the servers of a cluster share, membership and journal: "sqlite:PATH", "postgres:CONNECTION" or "redis:CONNECTION", with
    /// <see cref="Journal"/>. Null: a server by itself, its journal in <see cref="Data"/>.
    /// </summary>
    public string? Store { get; set; }

    /// <summary>The journal, where it is not in <see cref="Store"/>: "sqlite:PATH" or "postgres:CONNECTION".</summary>
    public string? Journal { get; set; }

    /// <summary>Takes requests, generates, or both. One without the other needs a <see cref="Store"/>.</summary>
    [EnumDataType(typeof(SiloRole))] public SiloRole Role { get; set; }

    /// <summary>float32 or bfloat16.</summary>
    [RegularExpression("float32|bfloat16", ErrorMessage = "Dtype must be float32 or bfloat16.")]
    public string Dtype { get; set; } = "bfloat16";

    /// <summary>How the weights of linears are held; null: as the checkpoint has them.</summary>
    public string? Quantization { get; set; }

    /// <summary>Linears that are held in another way.</summary>
    public string? Keep { get; set; }

    /// <summary>How keys and values are held: bfloat16, int8 or float32; null: as <see cref="Dtype"/>.</summary>
    public string? KvDtype { get; set; }

    /// <summary>Longest context in tokens. Default: the model's.</summary>
    [Range(1, int.MaxValue)] public int? MaxModelLen { get; set; }

    [Range(1, 4096)] public int MaxNumSeqs { get; set; } = 64;

    [Range(1, 1 << 20)] public int MaxNumBatchedTokens { get; set; } = 1024;

    /// <summary>Requests that may wait; more are refused with 429. Each waits for a moment, so none at all cannot be.</summary>
    [Range(1, 1 << 20)] public int MaxNumWaiting { get; set; } = 1024;

    /// <summary>Tokens in a block: the kernels read 16 keys at a time.</summary>
    [AllowedValues(16, 32, 64, 128, 256, ErrorMessage = "BlockSize must be 16, 32, 64, 128 or 256.")]
    public int BlockSize { get; set; } = 16;

    /// <summary>Memory of the KV cache; used when <see cref="NumKvBlocks"/> is not set.</summary>
    [Range(1, 1 << 24)] public int KvCacheMib { get; set; } = 1024;

    [Range(1, int.MaxValue)] public int? NumKvBlocks { get; set; }

    public bool PrefixCaching { get; set; } = true;

    /// <summary>How long a completion is kept behind its end, for readers that resume.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stored response is kept behind its end, and what it follows with it.</summary>
    public TimeSpan ResponseRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long a server of a cluster that was told to leave feeds the readers it has. Default 25 s: Kubernetes ends it after 30.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// Where other silos and clients reach this one: an address of this machine, or a name that stands for one. Nobody asks there who a
    /// caller is. Default: loopback, which this machine alone reaches.
    /// </summary>
    public string? SiloAddress { get; set; }

    /// <summary>Of all silos that find each other. Set in section "Orleans".</summary>
    internal string ClusterId { get; set; } = "orleansinfer";

    /// <summary>Set in section "Orleans".</summary>
    internal string ServiceId { get; set; } = "orleansinfer";

    /// <summary>0: Orleans' usual port, or the next free one where other processes have that.</summary>
    [Range(0, 65535)] public int SiloPort { get; set; }

    /// <summary>0: as with <see cref="SiloPort"/>.</summary>
    [Range(0, 65535)] public int GatewayPort { get; set; }

    /// <summary>Keys of the tenant "default". None and no tenants: no key is asked for.</summary>
    public IReadOnlyList<string> ApiKeys { get; set; } = [];

    /// <summary>More tenants, by name.</summary>
    public IReadOnlyDictionary<string, TenantOptions> Tenants { get; set; } = new Dictionary<string, TenantOptions>();
}
