"""NumPy and SciPy."""

ROWS = r"""
https://numpy.org/doc/stable/release/1.24.0-notes.html
numpy.{float,int,object,str,complex} | 1.20 | 1.24 | -> builtins.*
numpy.unicode | 1.20 | 1.24 | -> builtins.str
numpy.bool | 1.20 | 1.24 to 1.26 | -> builtins.bool
numpy.{histogram}(normed=) | 1.6 | 1.24 | -> density
https://numpy.org/doc/stable/release/1.23.0-notes.html
numpy.asscalar | 1.16 | 1.23 | use `.item()`
https://numpy.org/doc/stable/release/2.0.0-notes.html
numpy.float_ |  | 2.0 | -> numpy.float64
numpy.complex_ |  | 2.0 | -> numpy.complex128
numpy.string_ |  | 2.0 | -> numpy.bytes_
numpy.unicode_ |  | 2.0 | -> numpy.str_
numpy.{NaN,NAN} |  | 2.0 | -> numpy.nan
numpy.{Inf,Infinity,infty,PINF} |  | 2.0 | -> numpy.inf
numpy.NINF |  | 2.0 | use `-np.inf`
numpy.product | 1.25 | 2.0 | -> numpy.prod
numpy.cumproduct | 1.25 | 2.0 | -> numpy.cumprod
numpy.alltrue | 1.25 | 2.0 | -> numpy.all
numpy.sometrue | 1.25 | 2.0 | -> numpy.any
numpy.round_ | 1.25 | 2.0 | -> numpy.round
numpy.msort | 1.24 | 2.0 | use `np.sort(x, axis=0)`
numpy.asfarray |  | 2.0 | use `np.asarray(x, dtype=float)`
numpy.{bool8,int0,uint0,object0,str0} | 1.24 | 2.0 | use the type without its number
numpy.mat |  | 2.0 | -> numpy.asmatrix
numpy.{cast,source,lookfor,who,disp,safe_eval,set_string_function,find_common_type,obj2sctype,issctype,
    maximum_sctype,issubclass_,issubsctype,byte_bounds,compat,nbytes,sctypes,deprecate,singlecomplex,longfloat,
    longcomplex,clongfloat,cfloat} |  | 2.0 | see the NumPy 2.0 migration guide
numpy.{ComplexWarning,VisibleDeprecationWarning,RankWarning,AxisError,TooHardError,ModuleDeprecationWarning} | 1.25
    | 2.0 | -> numpy.exceptions.*
numpy.math | 1.25 | 2.0 | -> math
numpy.ndarray.{itemset,newbyteorder} |  | 2.0 | see the NumPy 2.0 migration guide
numpy.ndarray.ptp |  | 2.0 | use `np.ptp(x)`
numpy.{trapz} | 2.0 | 2.4 | -> numpy.trapezoid
numpy.in1d | 2.0 | 2.4 | -> numpy.isin
numpy.row_stack | 2.0 |  | -> numpy.vstack
numpy.recfromcsv |  | 2.0 | use `np.genfromtxt`
numpy.ndarray.tostring | 1.19 | 2.3 | -> tobytes
numpy.reshape(newshape=) | 2.1 | 2.4 | -> shape
numpy.random.random_integers | 1.11 |  | use `np.random.randint`
https://docs.scipy.org/doc/scipy/release/1.3.0-notes.html
scipy.misc.{imread,imsave,imresize,imrotate,imfilter,imshow,toimage,fromimage,bytescale} | 1.0 | 1.3 | use imageio
    or Pillow
scipy.misc.{comb,factorial,factorial2,factorialk,logsumexp} | 1.0 | 1.3 | -> scipy.special.*
scipy.misc.{face,ascent,electrocardiogram} | 1.10 | 1.12 | -> scipy.datasets.*
scipy.misc.derivative | 1.10 | 1.12 | use the package numdifftools
https://docs.scipy.org/doc/scipy/release/1.14.0-notes.html
scipy.integrate.trapz | 1.12 | 1.14 | -> scipy.integrate.trapezoid
scipy.integrate.cumtrapz | 1.12 | 1.14 | -> scipy.integrate.cumulative_trapezoid
scipy.integrate.simps | 1.12 | 1.14 | ~> scipy.integrate.simpson
scipy.interpolate.interp2d | 1.10 | 1.14 | use `RegularGridInterpolator` or `RectBivariateSpline`
scipy.sparse.linalg.{cg,gmres,bicg,bicgstab,minres}(tol=) | 1.12 | 1.14 | -> rtol
https://docs.scipy.org/doc/scipy/release/1.12.0-notes.html
scipy.{mean,median,std,var,array,arange,zeros,ones,linspace,sqrt,exp,log,log10,dot,sin,cos,pi,eye,random,concatenate,
    where,nan,inf,sum,unique,polyfit,polyval,isnan,append,rand,randn} | 1.4 | 1.12 | take it from NumPy
scipy.stats.binom_test | 1.10 | 1.12 | use `scipy.stats.binomtest(…).pvalue`
scipy.stats.median_absolute_deviation | 1.5 | 1.9 | ~> scipy.stats.median_abs_deviation
scipy.stats.{itemfreq} | 1.0 | 1.4 | use `np.unique(x, return_counts=True)`
https://docs.scipy.org/doc/scipy/release/1.13.0-notes.html
scipy.signal.{hann,hamming,blackman,bartlett,gaussian,kaiser,boxcar,triang,parzen,nuttall,flattop,cosine,tukey,
    blackmanharris,general_gaussian,chebwin,barthann,bohman} | 1.1 | 1.13 | -> scipy.signal.windows.*
https://docs.scipy.org/doc/scipy/release/1.15.0-notes.html
scipy.signal.{cwt,ricker,morlet,morlet2,daub,qmf,cascade} | 1.12 | 1.15 | use PyWavelets
scipy.ndimage.{filters,interpolation,measurements,morphology,fourier}.* | 1.8 |  | -> scipy.ndimage.*
scipy.special.sph_harm | 1.15 | 1.17 | use `scipy.special.sph_harm_y`
"""
