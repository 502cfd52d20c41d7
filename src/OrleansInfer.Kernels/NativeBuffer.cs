using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>Zeroed memory outside the managed heap, 64-byte aligned: a cache line, and a whole vector.</summary>
internal sealed unsafe partial class NativeBuffer : IDisposable
{
    const int Alignment = 64;
    const int HugePage = 2 << 20;
    const int SmallPage = 4096;
    const int AdviseHugePage = 14; // MADV_HUGEPAGE

    readonly void* allocation;
    readonly byte* data;
    int disposed;

    public NativeBuffer(long bytes)
    {
        Bytes = bytes;
        // calloc gives large blocks as untouched zero pages: memory is taken when it is first written
        var alignment = bytes >= 2 * HugePage ? HugePage : Alignment;
        allocation = NativeMemory.AllocZeroed((nuint)bytes + (nuint)alignment);
        data = (byte*)(((nuint)allocation + (nuint)alignment - 1) & ~(nuint)(alignment - 1));
        // Attention jumps from block to block of the KV cache: with pages of 4 KiB nearly each jump misses the address translation.
        if (alignment == HugePage && OperatingSystem.IsLinux()) _ = madvise(data, (nuint)bytes, AdviseHugePage);
    }

    ~NativeBuffer() => Free();

    public long Bytes { get; }

    public byte* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed != 0, this);
            return data;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes all pages from the system at once; otherwise whoever writes one first waits until it is zeroed.</summary>
    public void Commit()
    {
        var chunks = (int)((Bytes + HugePage - 1) / HugePage);
        Parallel.For(0, chunks, chunk =>
        {
            var last = Math.Min(Bytes, (chunk + 1L) * HugePage);
            for (var at = (long)chunk * HugePage; at < last; at += SmallPage) Volatile.Write(ref data[at], 0);
        });
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);

    void Free()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        NativeMemory.Free(allocation);
    }
}
