using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Sockets of programs without asynchronous operations. A socket that was used asynchronously, or told not to block, is non-blocking below .NET from then
/// on, and blocking calls wait for it by the engine of asynchronous operations, its threads and the thread pool. Where no asynchronous operation
/// is in the program a socket blocks below .NET whenever it does above, waits in the call itself, and there is no engine.
/// </summary>
internal static class BlockingSocketReplacements
{
    // SocketAsyncContext's operations that make a handle non-blocking: AcceptAsync, ReceiveFromAsync, ...
    private const string Async = "System.Net.Sockets!System.Net.Sockets.SocketAsyncContext::*Async";

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketPal", "SetBlocking", Fingerprint = "6a4d16f2b72450c7",
        Unless = [Async],
        Why = "it makes a socket non-blocking for good, because asynchronous operations could be under way")]
    public static SocketError SetBlocking(SafeSocketHandle handle, bool shouldBlock, out bool willBlock)
    {
        SetNonBlocking(handle, !shouldBlock);
        willBlock = shouldBlock;
        // By the handle's number: Socket.Dispose comes here when others may have closed it, and sees that by itself.
        _ = DescriptorEntryPoints.SetIsNonBlocking(handle.DangerousGetHandle(), shouldBlock ? 0 : 1);
        return SocketError.Success;
    }

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncContext", "SetHandleNonBlocking", Fingerprint = "1af9b2aebdf93a8f",
        Unless = [Async],
        Why = "what it notes is that blocking calls have to wait by the engine")]
    public static void KeepBlocking(object context) { }

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncContext", "PerformSyncOperation", Fingerprint = "50c92aa81fcdad40",
        Unless = [Async],
        Why = "it waits by the engine, and no call of such a program comes to it")]
    public static unsafe void Perform<TOperation>(object context, void* queue, TOperation operation, int timeout, int sequence) =>
        throw new UnreachableException("A blocking socket would have to wait by the engine of asynchronous operations, which is not in the image.");

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncContext", "ShouldRetrySyncOperation", Fingerprint = "272371c108c8b1c0",
        Unless = [Async],
        Why = "the socket blocked, so what is over is the time, and there is no engine to go on waiting with")]
    public static bool ShouldRetry(object context, out SocketError error)
    {
        error = SocketError.TimedOut;
        return false;
    }

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncContext/OperationQueue`1", "IsReady", Fingerprint = "a9af8f2496edcf3b",
        Unless = [Async],
        Why = "no operation waits in the queue before this one")]
    public static unsafe bool IsReady(void* queue, object context, out int sequence)
    {
        sequence = 0;
        return true;
    }

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncEngine", "CreateEngines", Fingerprint = "cbc5faf17b8933ce",
        Unless = [Async],
        Why = "every handle of a socket asks the engine's class for a setting, which makes the engines")]
    public static object? CreateEngines() => null;

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncContext", "Accept", Fingerprint = "d85a439ccb9a9b26",
        Unless = [Async],
        Why = "it goes on by the engine when the time for a receive is over, which is no limit for it")]
    public static SocketError Accept(object context, Memory<byte> address, out int length, out nint accepted)
    {
        SocketError error;
        while (!TryCompleteAccept(null, SocketOf(context), address, out length, out accepted, out error))
        {
        }

        return error;
    }

    [Replaces("System.Net.Sockets", "System.Net.Sockets.SocketAsyncContext", "StopAndAbort", Fingerprint = "52b6e0db96d7b0bf",
        Unless = [Async],
        Why = "it ends what waits in the engine, and nothing does")]
    public static bool StopAndAbort(object context) => false;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_IsNonBlocking")]
    private static extern void SetNonBlocking(SafeSocketHandle handle, bool value);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "TryCompleteAccept")]
    private static extern bool TryCompleteAccept(
        [UnsafeAccessorType("System.Net.Sockets.SocketPal, System.Net.Sockets")] object? type, SafeSocketHandle socket, Memory<byte> address, out int length, out nint accepted, out SocketError error);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref SafeSocketHandle SocketOf([UnsafeAccessorType("System.Net.Sockets.SocketAsyncContext, System.Net.Sockets")] object context);
}
