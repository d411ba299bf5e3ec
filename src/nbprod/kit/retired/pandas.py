"""pandas."""

ROWS = r"""
https://pandas.pydata.org/docs/whatsnew/v1.0.0.html
pandas.{DataFrame,Series}.ix | 0.20 | 1.0 | use `.loc` for labels or `.iloc` for positions
pandas.{DataFrame,Series}.as_matrix | 0.23 | 1.0 | ~> to_numpy
pandas.{DataFrame,Series}.get_value | 0.21 | 1.0 | use `.at[…]`
pandas.{DataFrame,Series}.set_value | 0.21 | 1.0 | assign to `.at[…]`
pandas.{DataFrame,Series}.get_values | 0.25 | 1.0 | ~> to_numpy
pandas.{DataFrame,Series}.get_dtype_counts | 0.25 | 1.0 | use `.dtypes.value_counts()`
pandas.{DataFrame,Series}.get_ftype_counts | 0.23 | 1.0 | use `.dtypes.value_counts()`
pandas.{DataFrame,Series}.{convert_objects} | 0.17 | 1.0 | use `infer_objects`, `pd.to_numeric` or `pd.to_datetime`
pandas.{DataFrame,Series}.{clip_lower,clip_upper} | 0.24 | 1.0 | use `clip`
pandas.DataFrame.{from_csv} | 0.21 | 1.0 | use `pd.read_csv`
pandas.DataFrame.{from_items} | 0.23 | 1.0 | use `pd.DataFrame.from_dict`
pandas.Series.{valid} | 0.23 | 1.0 | -> dropna
pandas.Series.{from_csv} | 0.21 | 1.0 | use `pd.read_csv`
pandas.Series.dt.weekday_name | 0.23 | 1.0 | use `.dt.day_name()`
pandas.Panel | 0.20 | 1.0 | use a MultiIndex, or xarray
pandas.MultiIndex(labels=) | 0.24 | 1.0 | -> codes
pandas.read_excel(sheetname=) | 0.21 | 1.0 | -> sheet_name
pandas.read_excel(parse_cols=) | 0.21 | 1.0 | -> usecols
pandas.{DataFrame,Series}.resample(how=) | 0.18 | 0.25 | call the aggregation on the resampler: `.resample(…).mean()`
pandas.scatter_matrix | 0.20 | 0.25 | -> pandas.plotting.scatter_matrix
pandas.{parallel_coordinates,andrews_curves} | 0.20 | 0.25 | -> pandas.plotting.*
pandas.tools.plotting.* | 0.20 | 0.25 | -> pandas.plotting.*
pandas.tools.* | 0.19 | 0.25 | import from `pandas` itself
pandas.io.data.* | 0.17 | 0.19 | use the package pandas-datareader
pandas.io.wb.* | 0.17 | 0.19 | use the package pandas-datareader
pandas.stats.* | 0.18 | 0.20 | use statsmodels, or `.rolling(…)`
pandas.datetools.* | 0.19 | 0.25 | import from `pandas.tseries.offsets`
pandas.rolling_{mean,std,sum,var,min,max,median,count,apply,corr,cov,quantile,skew,kurt} | 0.18 | 0.23 | call it on
    a window, as a method of `.rolling(…)`
pandas.expanding_{mean,std,sum,var,min,max,median,count,apply,corr} | 0.18 | 0.23 | call it on a window,
    as a method of `.expanding()`
pandas.{ewma,ewmstd,ewmvar,ewmvol,ewmcorr,ewmcov} | 0.18 | 0.23 | call it on a window, as a method of `.ewm(…)`
pandas.DataFrame.sort | 0.17 | 0.20 | ~> sort_values
pandas.Series.order | 0.17 | 0.20 | -> sort_values
pandas.{DataFrame,Series}.{irow,icol,iget,iget_value} | 0.11 | 0.19 | use `.iloc[…]`
https://pandas.pydata.org/docs/whatsnew/v2.0.0.html
pandas.{DataFrame,Series}.append | 1.4 | 2.0 | use `pd.concat`
pandas.{DataFrame,Series}.iteritems | 1.5 | 2.0 | -> items
pandas.DataFrame.lookup | 1.2 | 2.0 | use `pd.factorize` and NumPy indexing
pandas.{DataFrame,Series}.mad | 1.5 | 2.0 | use `(x - x.mean()).abs().mean()`
pandas.{DataFrame,Series}.tshift | 1.1 | 2.0 | use `shift(freq=…)`
pandas.{DataFrame,Series}.slice_shift | 1.2 | 2.0 | use `shift`
pandas.Series.is_monotonic | 1.5 | 2.0 | -> is_monotonic_increasing
pandas.Series.dt.{week,weekofyear} | 1.1 | 2.0 | use `.dt.isocalendar().week`
pandas.{Int64Index,UInt64Index,Float64Index} | 1.4 | 2.0 | use `pd.Index(…, dtype=…)`
pandas.datetime | 1.0 | 2.0 | -> datetime.datetime
pandas.np | 1.0 | 2.0 | -> numpy
pandas.util.testing.* | 1.0 | 2.0 | use `pandas.testing`
pandas.read_csv(error_bad_lines=False) | 1.3 | 2.0 | -> on_bad_lines="skip"
pandas.read_csv(error_bad_lines=) | 1.3 | 2.0 | use `on_bad_lines`
pandas.read_csv(warn_bad_lines=) | 1.3 | 2.0 | use `on_bad_lines`
pandas.{read_csv,read_table,read_excel}(squeeze=) | 1.4 | 2.0 | call `.squeeze("columns")` on the result
pandas.{read_csv,read_table,read_excel}(mangle_dupe_cols=) | 1.5 | 2.0 | drop it: duplicate names are always made
    unique
pandas.{read_csv,read_table}(prefix=) | 1.4 | 2.0 | call `.add_prefix` on the result
pandas.{read_csv,read_table}(+1 sep) | 1.4 | 2.0 | pass `sep=` by name
pandas.{DataFrame,Series}.to_csv(line_terminator=) | 1.5 | 2.0 | -> lineterminator
pandas.DataFrame.to_excel(encoding=) | 1.5 | 2.0 | drop it: it has no effect
pandas.DataFrame.groupby(squeeze=) | 1.1 | 2.0 | call `.squeeze()` on the result
pandas.date_range(closed=) | 1.4 | 2.0 | -> inclusive
pandas.ExcelWriter.save | 1.5 | 2.0 | ~> close
pandas.{DataFrame,Series}.drop(+1 axis index columns) | 1.3 | 2.0 | name the arguments: `axis=1`, or better `columns=`
pandas.concat(+1 axis join) | 1.3 | 2.0 | name the arguments: `axis=1`
pandas.{DataFrame,Series}.dropna(+0 axis how) | 1.3 | 2.0 | name the arguments: `axis=0`
pandas.{DataFrame}.drop_duplicates(+1 keep inplace) | 1.3 | 2.0 | name the arguments: `keep=…`
pandas.DataFrame.set_index(+1 drop append inplace) | 1.3 | 2.0 | name the arguments
pandas.{DataFrame}.reset_index(+1 drop inplace) | 1.3 | 2.0 | name the arguments
pandas.DataFrame.sort_values(+1 axis ascending inplace) | 1.3 | 2.0 | name the arguments
pandas.Series.sort_values(+0 axis ascending) | 1.3 | 2.0 | name the arguments
pandas.DataFrame.pivot(+0 index columns values) | 1.5 | 2.0 | name the arguments
https://pandas.pydata.org/docs/whatsnew/v3.0.0.html
pandas.{DataFrame,Series}.fillna(1 method="ffill") | 2.1 | 3.0 | -> .ffill()
pandas.{DataFrame,Series}.fillna(1 method="pad") | 2.1 | 3.0 | -> .ffill()
pandas.{DataFrame,Series}.fillna(1 method="bfill") | 2.1 | 3.0 | -> .bfill()
pandas.{DataFrame,Series}.fillna(1 method="backfill") | 2.1 | 3.0 | -> .bfill()
pandas.{DataFrame,Series}.fillna(1 method=) | 2.1 | 3.0 | use `.ffill()` or `.bfill()`
pandas.{DataFrame,Series}.pad | 2.0 | 3.0 | -> ffill
pandas.{DataFrame,Series}.backfill | 2.0 | 3.0 | -> bfill
pandas.DataFrame.applymap | 2.1 | 3.0 | -> map
pandas.{DataFrame,Series}.swapaxes | 2.1 | 3.0 | use `transpose`
pandas.value_counts | 2.1 | 3.0 | call `value_counts` on a Series
pandas.read_gbq | 2.2 | 3.0 | ~> pandas_gbq.read_gbq
pandas.DataFrame.to_gbq | 2.2 | 3.0 | use `pandas_gbq.to_gbq`
pandas.Series.{view,ravel} | 2.2 | 3.0 | use `.to_numpy()`
pandas.DataFrame.groupby(axis=) | 2.1 | 3.0 | transpose first: `df.T.groupby(…)`
pandas.{DataFrame,Series}.resample(axis=) | 2.0 | 3.0 | transpose first: `df.T.resample(…)`
pandas.{DataFrame,Series}.resample(kind=) | 2.2 | 3.0 | convert the index first
pandas.{read_csv,read_table}(delim_whitespace=True) | 2.2 | 3.0 | -> sep=r"\s+"
pandas.{read_csv,read_table,read_excel}(date_parser=) | 2.0 | 3.0 | use `date_format`, or `pd.to_datetime` afterwards
pandas.{read_csv,read_table}(infer_datetime_format=) | 2.0 | 3.0 | drop it: that is the default
pandas.{read_csv,read_table}(keep_date_col=) | 2.2 | 3.0 | combine the columns with `pd.to_datetime` afterwards
pandas.{read_csv,read_table}(verbose=) | 2.2 | 3.0 | drop it
pandas.{to_numeric,to_datetime,to_timedelta}(errors="ignore") | 2.2 | 3.0 | catch the exception where you convert
pandas.{DataFrame,Series}.resample(0 rule="M") | 2.2 | 3.0 | -> "ME"
pandas.{DataFrame,Series}.resample(0 rule="Q") | 2.2 | 3.0 | -> "QE"
pandas.{DataFrame,Series}.resample(0 rule="Y") | 2.2 | 3.0 | -> "YE"
pandas.{DataFrame,Series}.resample(0 rule="A") | 2.2 | 3.0 | -> "YE"
pandas.{DataFrame,Series}.resample(0 rule="H") | 2.2 | 3.0 | -> "h"
pandas.{DataFrame,Series}.resample(0 rule="T") | 2.2 | 3.0 | -> "min"
pandas.{DataFrame,Series}.resample(0 rule="S") | 2.2 | 3.0 | -> "s"
pandas.date_range(freq="M") | 2.2 | 3.0 | -> "ME"
pandas.date_range(freq="Q") | 2.2 | 3.0 | -> "QE"
pandas.date_range(freq="Y") | 2.2 | 3.0 | -> "YE"
pandas.date_range(freq="A") | 2.2 | 3.0 | -> "YE"
pandas.date_range(freq="H") | 2.2 | 3.0 | -> "h"
pandas.date_range(freq="T") | 2.2 | 3.0 | -> "min"
pandas.date_range(freq="S") | 2.2 | 3.0 | -> "s"
pandas.io.json.json_normalize | 1.0 | 3.0 | -> pandas.json_normalize
pandas.{DataFrame}.to_csv(+1 sep) | 2.2 | 3.0 | name the arguments: `sep=`
pandas.{DataFrame}.to_excel(+1 sheet_name) | 2.2 | 3.0 | name the arguments: `sheet_name=`
pandas.{DataFrame}.to_hdf(+1 key) | 2.2 | 3.0 | name the arguments: `key=`
pandas.{DataFrame}.to_json(+1 orient) | 2.2 | 3.0 | name the arguments: `orient=`
"""
