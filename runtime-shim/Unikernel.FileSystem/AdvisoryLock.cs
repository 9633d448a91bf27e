namespace Unikernel.FileSystem;

/// <summary>
/// flock(2) of one node: shared by many holders or exclusive to one. The base class library maps FileShare to it, so that opening
/// a file twice without sharing fails here as on Linux.
/// </summary>
public sealed class AdvisoryLock
{
    private readonly HashSet<object> _holders = new(ReferenceEqualityComparer.Instance);
    private bool _exclusive;

    /// <summary>Takes or converts the lock without waiting. False: another holder is in the way.</summary>
    public bool TryAcquire(object holder, bool exclusive)
    {
        lock (_holders)
        {
            int others = _holders.Count - (_holders.Contains(holder) ? 1 : 0);
            if (others > 0 && (exclusive || _exclusive))
                return false;
            _holders.Add(holder);
            _exclusive = exclusive;
            return true;
        }
    }

    /// <summary>Waits until the lock can be taken.</summary>
    public void Acquire(object holder, bool exclusive)
    {
        lock (_holders)
        {
            while (!TryAcquire(holder, exclusive))
                Monitor.Wait(_holders);
        }
    }

    /// <summary>Gives the lock up; without effect for who does not hold it.</summary>
    public void Release(object holder)
    {
        lock (_holders)
        {
            if (!_holders.Remove(holder))
                return;
            if (_holders.Count == 0)
                _exclusive = false;
            Monitor.PulseAll(_holders);
        }
    }
}
