//! Memory that is given back is wiped first: what a token, a code or an answer was read into is gone with it, also in the buffers of
//! the libraries below, and no dump of the process shows it afterwards.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

use zeroize::optimization_barrier;

#[global_allocator]
static ALLOCATOR: Wiping<System> = Wiping(System);

/// An allocator whose memory is overwritten before it goes back.
struct Wiping<A>(A);

// There is no `realloc` here: the one that every allocator has goes through these three, so that what it leaves behind is wiped.
// SAFETY: every piece comes from the allocator below and goes back to it with the layout that it came with.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the same contract.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: by the caller's contract the piece is as long as its layout says, and nobody uses it any more.
        unsafe { ptr::write_bytes(piece, 0, layout.size()) };
        // Else the compiler may leave out what is written into memory that ends here.
        optimization_barrier(&piece);
        // SAFETY: the caller keeps the same contract.
        unsafe { self.0.dealloc(piece, layout) };
    }
}

#[cfg(test)]
mod tests {
    use std::slice;
    use std::sync::Mutex;

    use super::*;

    /// Keeps what memory holds when it comes back.
    struct Witness(Mutex<Vec<Vec<u8>>>);

    // SAFETY: every piece comes from the system's allocator and goes back to it with the layout that it came with.
    unsafe impl GlobalAlloc for Witness {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller keeps the same contract.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
            // SAFETY: the tests write every byte before they give a piece back.
            let left = unsafe { slice::from_raw_parts(piece, layout.size()) };
            self.0.lock().unwrap().push(left.to_vec());
            // SAFETY: the caller keeps the same contract.
            unsafe { System.dealloc(piece, layout) };
        }
    }

    #[test]
    fn freed_and_outgrown_memory_is_wiped() {
        let allocator = Wiping(Witness(Mutex::default()));
        let layout = Layout::from_size_align(1000, 8).unwrap();
        // SAFETY: the size is not zero.
        let first = unsafe { allocator.alloc(layout) };
        // SAFETY: the piece is that long.
        unsafe { ptr::write_bytes(first, 0xa5, 1000) };
        // SAFETY: it came from this allocator with this layout.
        let second = unsafe { allocator.realloc(first, layout, 3000) };
        // SAFETY: the piece is that long now, and what was in it is in it still.
        let begin = unsafe { slice::from_raw_parts(second, 1000) };
        assert!(begin.iter().all(|byte| *byte == 0xa5));
        // SAFETY: the piece is that long.
        unsafe { ptr::write_bytes(second, 0xa5, 3000) };
        // SAFETY: it came from this allocator, and this is its layout since it has grown.
        unsafe { allocator.dealloc(second, Layout::from_size_align(3000, 8).unwrap()) };
        assert_eq!(*allocator.0.0.lock().unwrap(), [vec![0; 1000], vec![0; 3000]]);
    }
}
