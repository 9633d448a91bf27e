namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// CUBIC (RFC 9438): the window is a cubic function of the time since the last loss, so it does not depend on the round-trip
/// time. Windows are in segments here, as in the RFC.
/// </summary>
public sealed class Cubic(int segmentSize) : TcpCongestion(segmentSize)
{
    // Section 4.6 and 5: beta and C.
    private const double Beta = 0.7;
    private const double Scale = 0.4;

    // Section 4.3: the additive increase that gives Reno's share with this beta.
    private const double RenoAlpha = 3 * (1 - Beta) / (1 + Beta);

    private double _windowMax;      // W_max: the window before the last reduction
    private double _inflection;     // K: seconds from the epoch's start to W_max
    private double _renoWindow;     // W_est
    private double _epochWindow;    // cwnd_epoch
    private double _remainder;      // growth not yet a whole byte
    private Instant _epochStart = Instant.Never;

    public override TcpCongestionKind Kind => TcpCongestionKind.Cubic;

    protected override int Reduce(Instant now, int flightSize)
    {
        // Section 4.6 allows cwnd or the flight size; the flight size keeps an application-limited window honest.
        double window = Math.Min(Window, Math.Max(flightSize, 2 * SegmentSize)) / (double)SegmentSize;
        // Section 4.7, fast convergence: below the last maximum another flow wants room.
        _windowMax = window < _windowMax ? window * (1 + Beta) / 2 : window;
        _epochStart = Instant.Never;
        return (int)(window * Beta * SegmentSize);
    }

    public override void RestartAfterIdle()
    {
        base.RestartAfterIdle();
        _epochStart = Instant.Never;
    }

    protected override void AvoidCongestion(Instant now, int bytes, TimeSpan smoothedRtt)
    {
        double window = Window / (double)SegmentSize;
        double acknowledged = bytes / (double)SegmentSize;
        if (_epochStart.IsNever)
        {
            _epochStart = now;
            _epochWindow = _renoWindow = window;
            if (_windowMax < window) _windowMax = window;
            _inflection = Math.Cbrt((_windowMax - window) / Scale);
        }

        double elapsed = (now - _epochStart).TotalSeconds;
        double target = Target(elapsed + smoothedRtt.TotalSeconds, window);
        // Section 4.3: W_est grows as Reno's window; above W_max with alpha 1.
        double alpha = _renoWindow >= _windowMax ? 1 : RenoAlpha;
        _renoWindow += alpha * acknowledged / window;
        double next = Math.Max(window + (target - window) / window * acknowledged, 0);
        if (Target(elapsed, window) < _renoWindow && _renoWindow > window) next = Math.Max(next, _renoWindow);
        double growth = (next - window) * SegmentSize + _remainder;
        if (growth < 0) growth = 0;
        int whole = (int)growth;
        _remainder = growth - whole;
        Grow(whole);
    }

    // Section 4.2: W_cubic(t), and the target clamped to [cwnd, 1.5 cwnd].
    private double Target(double seconds, double window)
    {
        double distance = seconds - _inflection;
        return Math.Clamp(Scale * distance * distance * distance + _windowMax, window, 1.5 * window);
    }
}
